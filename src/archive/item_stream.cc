#include "archive/item_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/wire.h"
#include "mapi/lexer.h"
#include "mapi/records.h"
#include "vault/object.h"

namespace mk::archive {
namespace {

using mapi::RecordHead;
using mapi::RecordOp;

constexpr std::size_t kPreambleBytes = 3 * wire_size<RecordHead>() + wire_size<mapi::Config>() +
                                       wire_size<mapi::IsInterfaceOk>() +
                                       wire_size<mapi::TellPartnerVersion>();
static_assert(kPreambleBytes == 62);
constexpr std::size_t kCopyBytes = 64 * 1024;
constexpr std::uint32_t kMaxRuns = 1 << 20;  // an item of 30 GB in buffers of the usual length

enum class Form : std::uint8_t { kAsItCame = 0, kFramed = 1 };

struct StreamHead {
  static constexpr char kName[] = "STREAM";
  Form form = Form::kAsItCame;
  std::array<std::uint8_t, 3> reserved{};
  std::uint32_t n_runs = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("form", t.form), io("reserved", t.reserved), io("n_runs", t.n_runs);
  }
};

/// TransferBuffers of the same length, one after the other.
struct Run {
  static constexpr char kName[] = "RUN";
  std::uint32_t n = 0, length = 0;
  static constexpr void fields(auto& io, auto& t) { io("n", t.n), io("length", t.length); }
};

/// Of the inner stream.
struct Range {
  std::uint64_t at = 0, length = 0;
};

/// What one pass over a stream found.
struct Layout {
  Form form = Form::kAsItCame;
  std::vector<Run> runs;
  std::vector<Range> own;  // values that are cut for themselves
  Sha256Digest sha256{};
};

/// Passes bytes on and hashes them.
class HashingSource final : public ByteSource {
 public:
  explicit HashingSource(ByteSource& in) : in_(in) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    TRY_ASSIGN(const std::size_t n, in_.read(out));
    hash_.update(Bytes(out).first(n));
    return n;
  }
  Sha256Digest digest() { return hash_.finish(); }

 private:
  ByteSource& in_;
  Sha256 hash_;
};

Error not_framed() { return {Code::kCorrupt, "not in record framing"}; }

/// The payloads of TransferBuffers behind a preamble, whatever they hold; notes how long each is.
class FrameSource final : public ByteSource {
 public:
  explicit FrameSource(ByteSource& in) : in_(in) {}

  Status read_preamble() {
    preamble_.resize(kPreambleBytes);
    TRY_ASSIGN(const std::size_t n, read_full(in_, std::as_writable_bytes(std::span(preamble_))));
    return n == preamble_.size() ? Status(ok) : not_framed();
  }
  Result<std::size_t> read(std::span<std::byte> out) override {
    if (failed_) return not_framed();
    auto n = read_payload(out);
    failed_ = !n;
    return n;
  }
  const ByteString& preamble() const { return preamble_; }
  std::vector<Run> take_runs() { return std::move(runs_); }

 private:
  Result<std::size_t> read_payload(std::span<std::byte> out) {
    while (left_ == 0) {
      TRY_ASSIGN(const bool more, next_buffer());
      if (!more) return std::size_t{0};
    }
    TRY_ASSIGN(const std::size_t n, in_.read(out.first(std::min<std::size_t>(left_, out.size()))));
    if (n == 0 && !out.empty()) return not_framed();
    left_ -= static_cast<std::uint32_t>(n);
    return n;
  }
  Result<bool> next_buffer() {
    std::array<std::byte, wire_size<RecordHead>()> raw{};
    TRY_ASSIGN(const std::size_t n, read_full(in_, raw));
    if (n == 0) return false;
    TRY_ASSIGN(const RecordHead head, decode<RecordHead>(raw));
    if (n < raw.size() || head.opcode != RecordOp::kTransferBuffer || head.length < 0) return not_framed();
    left_ = static_cast<std::uint32_t>(head.length);
    if (runs_.empty() || runs_.back().length != left_) runs_.push_back({0, left_});
    ++runs_.back().n;
    return runs_.size() <= kMaxRuns ? Result<bool>(true) : not_framed();
  }

  ByteSource& in_;
  ByteString preamble_;
  std::vector<Run> runs_;
  std::uint32_t left_ = 0;  // of the current buffer
  bool failed_ = false;     // for ever
};

/// Large values; those that a damaged end hides are not missed, they are cut like the rest.
std::vector<Range> large_values(ByteSource& inner) {
  std::vector<Range> found;
  mapi::Lexer lexer(inner);
  for (;;) {
    const auto token = lexer.next();
    if (!token || token->kind == mapi::Token::kEnd) return found;
    if (token->kind != mapi::Token::kProperty) continue;
    const mapi::PropertyHead& head = lexer.head();
    if (head.shape == mapi::Shape::kVariable && head.n >= kOwnChunks)
      found.push_back({head.value_at, head.n});
  }
}

Status read_to_end(ByteSource& in) {
  std::vector<std::byte> buffer(kCopyBytes);
  for (;;) {
    TRY_ASSIGN(const std::size_t n, in.read(buffer));
    if (n == 0) return ok;
  }
}

Status read_frames(FrameSource& in, Layout& layout) {
  TRY(in.read_preamble());
  layout.own = large_values(in);
  TRY(read_to_end(in));
  layout.form = Form::kFramed;
  layout.runs = in.take_runs();
  return ok;
}

Result<Layout> examine(const Blob& stream) {
  TRY_ASSIGN(const auto in, stream.open());
  HashingSource hashed(*in);
  FrameSource frames(hashed);
  Layout layout;
  if (!read_frames(frames, layout)) {
    layout.own.clear();
    TRY(read_to_end(hashed));  // which fails again when it was the stream that failed
  }
  layout.sha256 = hashed.digest();
  return layout;
}

/// The next bytes of a source that goes on behind them.
class PartSource final : public ByteSource {
 public:
  PartSource(ByteSource& in, std::uint64_t n) : in_(in), left_(n) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    if (left_ == 0) return std::size_t{0};
    TRY_ASSIGN(const std::size_t n,
               in_.read(out.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, out.size())))));
    left_ -= n;
    return n;
  }

 private:
  ByteSource& in_;
  std::uint64_t left_;
};

/// Bytes, then those of another source.
class JoinedSource final : public ByteSource {
 public:
  JoinedSource(Bytes first, ByteSource& rest) : first_(make_memory_source(first)), rest_(rest) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    TRY_ASSIGN(const std::size_t n, first_->read(out));
    return n > 0 ? Result<std::size_t>(n) : rest_.read(out);
  }

 private:
  std::unique_ptr<ByteSource> first_;
  ByteSource& rest_;
};

ByteString head_of(const Layout& layout) {
  StreamHead head;
  head.form = layout.form, head.n_runs = static_cast<std::uint32_t>(layout.runs.size());
  ByteString out = mk::encode(head);
  for (const Run& run : layout.runs) encode_to(out, run);
  return out;
}

Status write_parts(const Layout& layout, ByteSource& in, vault::ObjectWriter& object) {
  ByteString head = head_of(layout);
  FrameSource frames(in);
  if (layout.form == Form::kFramed) {
    TRY(frames.read_preamble());
    head += frames.preamble();
  }
  JoinedSource all(as_bytes(head), layout.form == Form::kFramed ? frames : in);
  std::uint64_t at = 0;
  for (const Range& own : layout.own) {
    const std::uint64_t begin = head.size() + own.at;
    for (const std::uint64_t part : {begin - at, own.length}) {
      PartSource source(all, part);
      TRY(object.add(source));
    }
    at = begin + own.length;
  }
  return object.add(all);
}

class HashingSink final : public ByteSink {
 public:
  explicit HashingSink(ByteSink& out) : out_(out) {}
  Status write(Bytes bytes) override {
    hash_.update(bytes);
    bytes_ += bytes.size();
    return out_.write(bytes);
  }
  std::uint64_t bytes() const { return bytes_; }
  Sha256Digest digest() { return hash_.finish(); }

 private:
  ByteSink& out_;
  Sha256 hash_;
  std::uint64_t bytes_ = 0;
};

Error corrupt(std::string_view what) { return {Code::kCorrupt, fmt::format("STREAM: {}", what)}; }

/// A stored stream on its way back.
class Unpacker {
 public:
  Unpacker(ByteSource& in, ByteSink& out) : in_(in), out_(out), buffer_(kCopyBytes) {}

  Status run(std::uint64_t bytes) {
    TRY_ASSIGN(const auto head, take<StreamHead>());
    if (head.reserved != StreamHead{}.reserved || head.n_runs > kMaxRuns || head.form > Form::kFramed)
      return corrupt("fields that no stream has");
    std::vector<Run> runs(head.n_runs);
    for (Run& run : runs) {
      TRY_ASSIGN(run, take<Run>());
    }
    if (head.form == Form::kFramed) TRY(write_frames(runs, bytes));
    TRY(copy(in_, out_));
    return ok;
  }

 private:
  template <class T>
  Result<T> take() {
    std::array<std::byte, wire_size<T>()> raw{};
    TRY_ASSIGN(const std::size_t n, read_full(in_, raw));
    return decode<T>(Bytes(raw).first(n));
  }
  Status write_frames(const std::vector<Run>& runs, std::uint64_t bytes) {
    std::uint64_t left = bytes;
    const auto take_off = [&left](std::uint64_t n) { return n <= left ? (left -= n, true) : false; };
    bool fits = take_off(kPreambleBytes);
    for (const Run& r : runs)
      fits = fits && take_off(r.n * (wire_size<RecordHead>() + std::uint64_t{r.length}));
    if (!fits || left != 0) return corrupt("its buffers are not as long as the stream");
    TRY(pass(kPreambleBytes));
    for (const Run& r : runs)
      for (std::uint32_t i = 0; i < r.n; ++i) {
        const RecordHead head{RecordOp::kTransferBuffer, static_cast<std::int32_t>(r.length)};
        TRY(out_.write(as_bytes(mk::encode(head))));
        TRY(pass(r.length));
      }
    return ok;
  }
  Status pass(std::uint64_t n) {
    while (n > 0) {
      const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(n, buffer_.size()));
      TRY_ASSIGN(const std::size_t got, in_.read(std::span(buffer_).first(want)));
      if (got == 0) return corrupt("it ends inside a buffer");
      TRY(out_.write(Bytes(buffer_).first(got)));
      n -= got;
    }
    return ok;
  }

  ByteSource& in_;
  ByteSink& out_;
  std::vector<std::byte> buffer_;
};

}  // namespace

Result<StoredStream> write_item_stream(const Blob& stream, vault::ChunkSink& out,
                                       const SecretString& cut_key) {
  TRY_ASSIGN(const Layout layout, examine(stream));
  TRY_ASSIGN(const auto in, stream.open());
  vault::ObjectWriter object(out, cut_key);
  TRY(write_parts(layout, *in, object));
  TRY_ASSIGN(const vault::ObjectRef ref, object.finish());
  return StoredStream{ref, stream.size(), layout.sha256};
}

Result<PackedStream> pack_item_stream(const Blob& stream) {
  TRY_ASSIGN(const Layout layout, examine(stream));
  TRY_ASSIGN(const auto in, stream.open());
  PackedStream packed{head_of(layout), layout.sha256};
  FrameSource frames(*in);
  if (layout.form == Form::kFramed) {
    TRY(frames.read_preamble());
    packed.bytes += frames.preamble();
  }
  StringSink rest(packed.bytes);
  TRY(copy(layout.form == Form::kFramed ? static_cast<ByteSource&>(frames) : *in, rest));
  return packed;
}

Status read_item_stream(vault::ChunkSource& chunks, const StoredStream& stream, ByteSink& out) {
  const auto in = vault::open_object(chunks, stream.object);
  HashingSink hashed(out);
  TRY(Unpacker(*in, hashed).run(stream.bytes));
  if (hashed.bytes() == stream.bytes && hashed.digest() == stream.sha256) return ok;
  return corrupt("its bytes do not match the SHA-256");
}

}  // namespace mk::archive
