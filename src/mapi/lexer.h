#pragma once
#include <optional>
#include <vector>

#include "base/io.h"
#include "mapi/tokens.h"

namespace mk::mapi {

/// Tag and name of a property, and what its value is made of.
struct PropertyHead {
  model::PropTag tag;
  std::optional<model::PropertyName> name;
  Shape shape = Shape::kUnknown;
  std::uint64_t at = 0;        // where the tag lies in the stream
  std::uint64_t value_at = 0;  // where the first byte of the value lies, after length or count
  std::uint32_t n = 0;         // kVariable: its length; arrays: number of elements
};

struct Token {
  enum Kind { kEnd, kMarker, kProperty };
  Kind kind = kEnd;
  Marker marker = Marker::kNone;
  std::uint64_t at = 0;
};

/// Splits a FastTransfer stream into markers and properties; it knows no order among them.
///
/// Spec:    [MS-OXCFXICS] 2.2.4.1
/// Shape:   in: bytes, cut anywhere; out: tokens in stream order, pulled with next(); the value of a property
/// is
///          read in pieces, or not at all: next() steps over what was left
/// Errors:  kTruncated  the stream ends inside a token; names tag and offset
///          kCorrupt    a type, length or name that no stream can hold; names tag and offset
/// Bounds:  64 KiB of buffer; a name at most 64 KiB; it never allocates by a length it was told
/// Threads: one at a time      Owns: nothing; `in` must outlive it
/// Example: Lexer lexer(in); for (;;) { TRY_ASSIGN(auto t, lexer.next()); if (t.kind == Token::kEnd) break;
/// ... }
class Lexer {
 public:
  explicit Lexer(ByteSource& in) : in_(in), buffer_(kBufferBytes) {}
  Lexer(const Lexer&) = delete;
  Lexer& operator=(const Lexer&) = delete;

  Result<Token> next();
  /// The property that next() gave; valid until the next next().
  const PropertyHead& head() const { return head_; }
  /// Offset of the next byte that will be taken.
  std::uint64_t position() const { return base_ + pos_; }

  /// Arrays: steps to the first, the next element. Errors: kCorrupt  there is none
  Status next_element();
  /// Bytes of the value (of an array: of the current element) that were not read yet.
  std::uint64_t left() const { return left_; }
  /// Appends the next `n` bytes (at most left()) of the value to `out`.
  Status read(std::size_t n, ByteString& out);
  /// Steps over the next `n` bytes (at most left()).
  Status skip(std::uint64_t n);
  /// Up to `n` of the next bytes of the value, in place, and steps over them; empty only when left() is 0.
  Result<Bytes> take_some(std::size_t n);
  /// Steps over what is left of the whole value.
  Status skip_value();

  /// An error at `at` that names the current property.
  Error value_error(Code code, std::string_view what) const;

 private:
  static constexpr std::size_t kBufferBytes = 64 * 1024;

  Result<bool> fill(std::size_t n);  // false: the stream ends before n contiguous bytes
  Status read_head(std::uint32_t tag);
  Status read_name();
  Status read_text_name(ByteString& out);
  Result<std::uint32_t> read_u32(std::string_view what);
  Result<std::uint32_t> read_count(std::string_view what);
  Error cut(std::string_view where) const;

  template <class T>
  T take() {  // fill() has said that it is there
    const T v = load_le<T>(buffer_.data() + pos_);
    pos_ += sizeof(T);
    return v;
  }

  ByteSource& in_;
  std::vector<std::byte> buffer_;
  std::size_t pos_ = 0, end_ = 0;  // what is left in the buffer
  std::uint64_t base_ = 0;         // offset of buffer_[0] in the stream
  bool at_end_ = false;
  PropertyHead head_;
  std::uint64_t left_ = 0;
  std::uint32_t elements_left_ = 0;
};

}  // namespace mk::mapi
