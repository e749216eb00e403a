#include "mapi/lexer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/wire.h"

namespace mk::mapi {
namespace {

constexpr std::size_t kMaxNameBytes = 64 * 1024 - 64;
constexpr std::uint32_t kMaxLength = 0x7FFFFFFF;  // lengths are signed to servers

}  // namespace

Error Lexer::cut(std::string_view where) const {
  return {Code::kTruncated,
          fmt::format("FastTransfer stream: {} at offset {}: the stream ends too early", where, position())};
}

Error Lexer::value_error(Code code, std::string_view what) const {
  return {code, fmt::format("FastTransfer stream: property {} at offset {}: {}", format_tag(head_.tag),
                            head_.at, what)};
}

Result<bool> Lexer::fill(std::size_t n) {
  if (end_ - pos_ >= n) return true;
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(pos_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  base_ += pos_;
  end_ -= pos_;
  pos_ = 0;
  while (end_ < n && !at_end_) {
    TRY_ASSIGN(const std::size_t got, in_.read(std::span(buffer_).subspan(end_)));
    at_end_ = got == 0;
    end_ += got;
  }
  return end_ >= n;
}

Result<Token> Lexer::next() {
  TRY(skip_value());
  TRY_ASSIGN(const bool there, fill(4));
  if (!there) {
    if (end_ == pos_) return Token{Token::kEnd, Marker::kNone, position()};
    return cut("a tag");
  }
  const std::uint64_t at = position();
  const auto tag = take<std::uint32_t>();
  if (const Marker m = marker_of(tag); m != Marker::kNone) return Token{Token::kMarker, m, at};
  head_.at = at;
  TRY(read_head(tag));
  return Token{Token::kProperty, Marker::kNone, at};
}

Status Lexer::read_head(std::uint32_t tag) {
  head_.tag = model::PropTag(tag);
  head_.name.reset();
  head_.shape = shape_of(head_.tag);
  head_.n = 0;
  if (head_.shape == Shape::kUnknown) return value_error(Code::kCorrupt, "no such property type");
  if (head_.tag.is_named()) TRY(read_name());
  if (head_.shape == Shape::kFixed) {
    left_ = element_size(head_.tag);
  } else {
    TRY_ASSIGN(head_.n, read_count(head_.shape == Shape::kVariable ? "length" : "count"));
    if (head_.shape == Shape::kVariable)
      left_ = head_.n;
    else
      elements_left_ = head_.n;
  }
  head_.value_at = position();
  return ok;
}

Result<std::uint32_t> Lexer::read_u32(std::string_view what) {
  TRY_ASSIGN(const bool there, fill(4));
  if (!there) return cut(fmt::format("{} of property {}", what, format_tag(head_.tag)));
  return take<std::uint32_t>();
}

Result<std::uint32_t> Lexer::read_count(std::string_view what) {
  TRY_ASSIGN(const std::uint32_t n, read_u32(what));
  if (n > kMaxLength) return value_error(Code::kCorrupt, fmt::format("{} {} is out of range", what, n));
  return n;
}

Status Lexer::read_name() {
  constexpr std::size_t kSetAndKind = 17;
  TRY_ASSIGN(const bool there, fill(kSetAndKind));
  if (!there) return cut(fmt::format("name of property {}", format_tag(head_.tag)));
  model::PropertyName name;
  Reader r(Bytes(buffer_).subspan(pos_, kSetAndKind));
  std::uint8_t kind = 0;
  r("guid", name.set), r("kind", kind);
  pos_ += kSetAndKind;
  if (kind == 0) {
    TRY_ASSIGN(name.key, read_u32("LID"));
  } else if (kind == 1) {
    ByteString text;
    TRY(read_text_name(text));
    name.key = std::move(text);
  } else {
    return value_error(Code::kCorrupt, fmt::format("kind {} of its name is neither LID nor text", kind));
  }
  head_.name = std::move(name);
  return ok;
}

Status Lexer::read_text_name(ByteString& out) {
  for (std::size_t n = 0; n <= kMaxNameBytes; n += 2) {
    TRY_ASSIGN(const bool there, fill(n + 2));
    if (!there) return cut(fmt::format("name of property {}", format_tag(head_.tag)));
    if (load_le<std::uint16_t>(buffer_.data() + pos_ + n) != 0) continue;
    out.assign(as_chars(Bytes(buffer_).subspan(pos_, n)));
    pos_ += n + 2;
    return ok;
  }
  return value_error(Code::kCorrupt, fmt::format("its name is longer than {} bytes", kMaxNameBytes));
}

Status Lexer::next_element() {
  TRY(skip(left_));
  if (elements_left_ == 0) return value_error(Code::kCorrupt, "no further element");
  --elements_left_;
  if (head_.shape == Shape::kManyFixed) {
    left_ = element_size(head_.tag);
  } else {
    TRY_ASSIGN(const std::uint32_t n, read_count("length of an element"));
    left_ = n;
  }
  return ok;
}

Result<Bytes> Lexer::take_some(std::size_t n) {
  const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(n, left_));
  if (want == 0) return Bytes{};
  TRY_ASSIGN(const bool there, fill(1));
  if (!there) return cut(fmt::format("value of property {}", format_tag(head_.tag)));
  const std::size_t got = std::min(want, end_ - pos_);
  pos_ += got;
  left_ -= got;
  return Bytes(buffer_).subspan(pos_ - got, got);
}

Status Lexer::read(std::size_t n, ByteString& out) {
  MK_CHECK(n <= left_);
  while (n > 0) {
    TRY_ASSIGN(const Bytes some, take_some(n));
    out.append(as_chars(some));
    n -= some.size();
  }
  return ok;
}

Status Lexer::skip(std::uint64_t n) {
  MK_CHECK(n <= left_);
  while (n > 0) {
    TRY_ASSIGN(const Bytes some,
               take_some(static_cast<std::size_t>(std::min<std::uint64_t>(n, kBufferBytes))));
    n -= some.size();
  }
  return ok;
}

Status Lexer::skip_value() {
  TRY(skip(left_));
  while (elements_left_ > 0) {
    TRY(next_element());
    TRY(skip(left_));
  }
  return ok;
}

}  // namespace mk::mapi
