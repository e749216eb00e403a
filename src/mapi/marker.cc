#include "mapi/marker.h"

#include <fmt/format.h>

#include "base/wire.h"
#include "mapi/lexer.h"
#include "mapi/stream_writer.h"

namespace mk::mapi {
namespace {

/// Passes bytes on and keeps those that were not written to the copy yet.
class TeeSource final : public ByteSource {
 public:
  explicit TeeSource(ByteSource& in) : in_(in) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    TRY_ASSIGN(const std::size_t n, in_.read(out));
    kept_.append(as_chars(Bytes(out).first(n)));
    return n;
  }
  /// Writes what lies before the offset `end` of the stream and forgets it.
  Status pass(std::uint64_t end, ByteSink& out) {
    const std::size_t n = static_cast<std::size_t>(end - at_);
    TRY(out.write(as_bytes(kept_).first(n)));
    kept_.erase(0, n);
    at_ = end;
    return ok;
  }
  /// Forgets what lies before the offset `end` without writing it.
  void drop(std::uint64_t end) {
    kept_.erase(0, static_cast<std::size_t>(end - at_));
    at_ = end;
  }
  std::size_t kept() const { return kept_.size(); }
  std::uint64_t end() const { return at_ + kept_.size(); }

 private:
  ByteSource& in_;
  ByteString kept_;
  std::uint64_t at_ = 0;  // offset of kept_[0]
};

ByteString transfer_buffer_head(std::uint64_t length) {
  return encode(RecordHead{RecordOp::kTransferBuffer, static_cast<std::int32_t>(length)});
}

Result<ByteString> encode_property(const model::Property& p) {
  ByteString out;
  StringSink sink(out);
  auto pieces = make_bare_sink(sink);
  TRY(StreamWriter(*pieces).property(p));
  TRY(pieces->finish());
  if (out.size() > kMaxTransferBuffer)
    return Error{Code::kInvalid, fmt::format("adding property {}: its {} bytes do not fit into one buffer",
                                             format_tag(p.tag), out.size())};
  return out;
}

/// Copies a framed stream up to the end of the first property list and stops there.
class Finder {
 public:
  Finder(ByteSource& framed, ByteSink& out) : tee_(framed), records_(tee_), lexer_(records_), out_(out) {}

  /// Moves to the first token that is no property of the message itself.
  Status find() {
    for (;;) {
      TRY_ASSIGN(const Token t, lexer_.next());
      place_ = t.at;
      if (t.kind != Token::kProperty || lexer_.head().tag.value == meta::kFXDelProp) return ok;
      TRY(pass_value());
    }
  }

  Status insert(const ByteString& property) {
    const ByteString record = transfer_buffer_head(property.size()) + property;
    if (records_.inner_bytes() == 0) {  // no TransferBuffer at all
      TRY(tee_.pass(tee_.end(), out_));
      return out_.write(as_bytes(record));
    }
    const RecordPlace place = records_.place_of(place_);
    const std::uint64_t payload_at = place.record_at + wire_size<RecordHead>();
    const std::uint64_t before = place.at - payload_at;
    TRY(tee_.pass(place.record_at, out_));
    if (before > 0) TRY(pass_part(payload_at, before));
    TRY(out_.write(as_bytes(record)));
    if (before > 0 && place.left > 0) TRY(out_.write(as_bytes(transfer_buffer_head(place.left))));
    return tee_.pass(tee_.end(), out_);
  }

 private:
  /// Steps over a value in pieces, so that what is kept back stays small.
  Status pass_value() {
    const PropertyHead& head = lexer_.head();
    TRY(pass_bytes());
    if (head.shape != Shape::kManyFixed && head.shape != Shape::kManyVariable) return ok;
    for (std::uint32_t i = 0; i < head.n; ++i) {
      TRY(lexer_.next_element());
      TRY(pass_bytes());
    }
    return ok;
  }
  Status pass_bytes() {
    constexpr std::size_t kPiece = 32 * 1024;
    for (;;) {
      TRY_ASSIGN(const Bytes some, lexer_.take_some(kPiece));
      if (some.empty()) return ok;
      if (tee_.kept() > 4 * kPiece) TRY(tee_.pass(records_.place_of(lexer_.position()).record_at, out_));
    }
  }
  /// The first `n` payload bytes of the record at hand, as a record of their own.
  Status pass_part(std::uint64_t payload_at, std::uint64_t n) {
    TRY(out_.write(as_bytes(transfer_buffer_head(n))));
    tee_.drop(payload_at);
    return tee_.pass(payload_at + n, out_);
  }

  TeeSource tee_;
  RecordReader records_;
  Lexer lexer_;
  ByteSink& out_;
  std::uint64_t place_ = 0;
};

}  // namespace

Status add_property(ByteSource& framed, const model::Property& p, ByteSink& out) {
  TRY_ASSIGN(const ByteString property, encode_property(p));
  Finder finder(framed, out);
  TRY(finder.find());
  TRY(finder.insert(property));
  TRY(copy(framed, out));
  return ok;
}

}  // namespace mk::mapi
