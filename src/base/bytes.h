#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mk {

using Bytes = std::span<const std::byte>;
/// Owned bytes. A std::string because most values (numbers, times) then need no allocation.
using ByteString = std::string;

inline Bytes as_bytes(std::string_view s) { return std::as_bytes(std::span(s.data(), s.size())); }
inline std::string_view as_chars(Bytes b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }

/// Little-endian load and store of integers and enums. The caller has checked that the bytes are there.
template <class T>
T load_le(const void* p) {
  static_assert(std::endian::native == std::endian::little && std::is_trivially_copyable_v<T>);
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <class T>
void append_le(ByteString& out, T v) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.append(reinterpret_cast<const char*>(&v), sizeof v);
}
template <class T>
ByteString le_bytes(T v) {
  ByteString out;
  append_le(out, v);
  return out;
}

/// Lower-case hexadecimal digits; the reverse takes either case. Errors: kInvalid  odd length, other
/// characters
std::string to_hex(Bytes bytes);
Result<ByteString> from_hex(std::string_view digits);

/// Base64 of RFC 4648, padded, one line. The reverse skips white space. Errors: kInvalid  other characters
std::string to_base64(Bytes bytes);
Result<ByteString> from_base64(std::string_view text);

/// Decodes base64 that arrives in pieces, cut anywhere, with white space in between.
/// Errors: kCorrupt  a character outside the alphabet, data after the padding; finish(): a cut group
class Base64Decoder {
 public:
  /// Appends what `text` completes to `out`.
  Status feed(std::string_view text, ByteString& out);
  Status finish() const;

 private:
  /// Whole groups of four without white space, the usual case; returns how many characters it took.
  std::size_t feed_groups(std::string_view text, char*& w);

  std::uint32_t bits_ = 0;
  int n_bits_ = 0;
  int padding_ = 0;
  std::size_t n_chars_ = 0;
};

}  // namespace mk
