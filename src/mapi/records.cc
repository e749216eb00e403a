#include "mapi/records.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/wire.h"

namespace mk::mapi {
namespace {

constexpr std::uint64_t kLookBackBytes = 128 * 1024;

Error framing_error(Code code, std::string_view record, std::uint64_t at, std::string_view what) {
  return {code, fmt::format("record framing: {} at offset {}: {}", record, at, what)};
}

std::string_view op_name(RecordOp op) {
  switch (op) {
    case RecordOp::kConfig:
      return "Config";
    case RecordOp::kTransferBuffer:
      return "TransferBuffer";
    case RecordOp::kIsInterfaceOk:
      return "IsInterfaceOk";
    case RecordOp::kTellPartnerVersion:
      return "TellPartnerVersion";
  }
  return "record";
}

constexpr std::array kPreambleOps = {RecordOp::kConfig, RecordOp::kIsInterfaceOk,
                                     RecordOp::kTellPartnerVersion};

}  // namespace

Status RecordReader::take(const char* what, std::span<std::byte> out) {
  TRY_ASSIGN(const std::size_t n, read_full(in_, out));
  const std::uint64_t at = at_;
  at_ += n;
  if (n < out.size()) return framing_error(Code::kTruncated, what, at, "the data ends inside the record");
  return ok;
}

template <class T>
Result<T> RecordReader::read_payload(const RecordHead& head) {
  std::array<std::byte, wire_size<T>()> raw;
  if (head.length != static_cast<std::int32_t>(raw.size()))
    return framing_error(Code::kCorrupt, T::kName, at_,
                         fmt::format("length {} instead of {}", head.length, raw.size()));
  TRY(take(T::kName, raw));
  return decode<T>(raw);
}

Status RecordReader::read_preamble(const RecordHead& head, std::uint64_t head_at) {
  const RecordOp due = kPreambleOps[static_cast<std::size_t>(stage_)];
  if (head.opcode != due)
    return framing_error(Code::kCorrupt, fmt::format("opcode {}", static_cast<std::int32_t>(head.opcode)),
                         head_at, fmt::format("{} is due", op_name(due)));
  ++stage_;
  if (due == RecordOp::kConfig) {
    TRY_ASSIGN(const Config config, read_payload<Config>(head));
    if (config.transferMethod != 1)
      return framing_error(Code::kCorrupt, "Config.transferMethod", head_at,
                           fmt::format("{} is not CopyTo", config.transferMethod));
  } else if (due == RecordOp::kIsInterfaceOk) {
    TRY_ASSIGN(const IsInterfaceOk interface, read_payload<IsInterfaceOk>(head));
    if (interface.refiid != IsInterfaceOk{}.refiid)
      return framing_error(Code::kCorrupt, "IsInterfaceOk.refiid", head_at,
                           format_guid(interface.refiid) + " is not IMessage");
  } else {
    TRY_ASSIGN(version_, read_payload<TellPartnerVersion>(head));
  }
  return ok;
}

void RecordReader::remember() {
  if (left_ > 0) marks_.push_back({inner_at_, at_, left_});
  while (marks_.size() > 1 && inner_at_ - marks_[1].inner >= kLookBackBytes) marks_.pop_front();
}

Result<bool> RecordReader::next_record() {
  const std::uint64_t head_at = at_;
  std::array<std::byte, wire_size<RecordHead>()> raw;
  TRY_ASSIGN(const std::size_t n, read_full(in_, raw));
  at_ += n;
  if (n == 0) {
    if (stage_ < kPreamble)
      return framing_error(Code::kTruncated, op_name(kPreambleOps[static_cast<std::size_t>(stage_)]), at_,
                           "the data ends before it");
    return false;
  }
  if (n < raw.size())
    return framing_error(Code::kTruncated, "record head", head_at, "the data ends inside it");
  TRY_ASSIGN(const RecordHead head, decode<RecordHead>(raw));
  ++records_;
  if (head.length < 0 || head.length > kMaxRecordBytes)
    return framing_error(Code::kCorrupt, op_name(head.opcode), head_at,
                         fmt::format("length {}", head.length));
  if (stage_ < kPreamble) {
    TRY(read_preamble(head, head_at));
    return true;
  }
  if (head.opcode != RecordOp::kTransferBuffer)
    return framing_error(Code::kCorrupt, fmt::format("opcode {}", static_cast<std::int32_t>(head.opcode)),
                         head_at, "only TransferBuffer records may follow");
  left_ = last_buffer_ = static_cast<std::uint64_t>(head.length);
  remember();
  return true;
}

Result<std::size_t> RecordReader::read(std::span<std::byte> out) {
  while (left_ == 0) {
    TRY_ASSIGN(const bool more, next_record());
    if (!more) return std::size_t{0};
  }
  const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(left_, out.size()));
  TRY_ASSIGN(const std::size_t n, in_.read(out.first(want)));
  if (n == 0 && want > 0)
    return framing_error(Code::kTruncated, "TransferBuffer", at_,
                         fmt::format("the data ends {} bytes before the record does", left_));
  at_ += n;
  inner_at_ += n;
  left_ -= n;
  return n;
}

RecordPlace RecordReader::place_of(std::uint64_t inner_offset) const {
  auto it = std::upper_bound(marks_.begin(), marks_.end(), inner_offset,
                             [](std::uint64_t offset, const Mark& m) { return offset < m.inner; });
  MK_CHECK(it != marks_.begin());
  --it;
  const std::uint64_t into = inner_offset - it->inner;
  MK_CHECK(into <= it->length);
  return {it->at - wire_size<RecordHead>(), it->at + into, it->length - into};
}

bool looks_framed(Bytes head) {
  const ByteString begin =
      le_bytes(RecordOp::kConfig);  // as a tag: property id 0 of the type that means NULL
  return head.size() >= begin.size() && as_chars(head.first(begin.size())) == begin;
}

namespace {

class BareSink final : public PieceSink {
 public:
  explicit BareSink(ByteSink& out) : out_(out) {}
  Status whole(Bytes bytes) override { return cuttable(bytes); }
  Status cuttable(Bytes bytes) override {
    if (buffer_.size() + bytes.size() > kBufferBytes) TRY(flush());
    if (bytes.size() >= kBufferBytes) return out_.write(bytes);
    buffer_.append(as_chars(bytes));
    return ok;
  }
  Status finish() override { return flush(); }

 private:
  static constexpr std::size_t kBufferBytes = 64 * 1024;
  Status flush() {
    if (buffer_.empty()) return ok;
    TRY(out_.write(as_bytes(buffer_)));
    buffer_.clear();
    return ok;
  }
  ByteSink& out_;
  ByteString buffer_;
};

class RecordSink final : public PieceSink {
 public:
  RecordSink(ByteSink& out, const TellPartnerVersion& version) : out_(out), version_(version) {}

  Status whole(Bytes bytes) override {
    if (buffer_.size() + bytes.size() > kMaxTransferBuffer) TRY(flush());
    return cuttable(bytes);
  }
  Status cuttable(Bytes bytes) override {
    while (!bytes.empty()) {
      if (buffer_.size() == kMaxTransferBuffer) TRY(flush());
      const std::size_t n = std::min(bytes.size(), kMaxTransferBuffer - buffer_.size());
      buffer_.append(as_chars(bytes.first(n)));
      bytes = bytes.subspan(n);
    }
    return ok;
  }
  Status finish() override {
    TRY(flush());
    return begun_ ? Status(ok) : begin();
  }

 private:
  template <class T>
  static void add_record(ByteString& out, RecordOp op, const T& payload) {
    encode_to(out, RecordHead{op, static_cast<std::int32_t>(wire_size<T>())});
    encode_to(out, payload);
  }
  Status begin() {
    begun_ = true;
    ByteString out;
    add_record(out, RecordOp::kConfig, Config{});
    add_record(out, RecordOp::kIsInterfaceOk, IsInterfaceOk{});
    add_record(out, RecordOp::kTellPartnerVersion, version_);
    return out_.write(as_bytes(out));
  }
  Status flush() {
    if (buffer_.empty()) return ok;
    if (!begun_) TRY(begin());
    const ByteString head =
        encode(RecordHead{RecordOp::kTransferBuffer, static_cast<std::int32_t>(buffer_.size())});
    TRY(out_.write(as_bytes(head)));
    TRY(out_.write(as_bytes(buffer_)));
    buffer_.clear();
    return ok;
  }

  ByteSink& out_;
  TellPartnerVersion version_;
  ByteString buffer_;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<PieceSink> make_bare_sink(ByteSink& out) { return std::make_unique<BareSink>(out); }
std::unique_ptr<PieceSink> make_record_sink(ByteSink& out, const TellPartnerVersion& version) {
  return std::make_unique<RecordSink>(out, version);
}

}  // namespace mk::mapi
