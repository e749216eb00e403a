#include "base/bytes.h"

#include <openssl/evp.h>

#include <algorithm>

namespace mk {
namespace {

constexpr std::int8_t kForeign = -1, kSpace = -2, kPadding = -3;
constexpr std::array<std::int8_t, 256> kBase64 = [] {
  std::array<std::int8_t, 256> t{};
  t.fill(kForeign);
  const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    t[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  for (char c : {' ', '\t', '\r', '\n'}) t[static_cast<unsigned char>(c)] = kSpace;
  t['='] = kPadding;
  return t;
}();

int value_of(char c) { return kBase64[static_cast<unsigned char>(c)]; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = static_cast<char>(c | 0x20);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

}  // namespace

std::string to_hex(Bytes bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (auto b : bytes) {
    const auto v = std::to_integer<unsigned>(b);
    out += kDigits[v >> 4];
    out += kDigits[v & 15];
  }
  return out;
}

Result<ByteString> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return Error{Code::kInvalid, "hexadecimal text of odd length"};
  ByteString out;
  out.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int hi = hex_digit(digits[i]), lo = hex_digit(digits[i + 1]);
    if (hi < 0 || lo < 0)
      return Error{Code::kInvalid, "not a hexadecimal digit at character " + std::to_string(i)};
    out += static_cast<char>(hi * 16 + lo);
  }
  return out;
}

std::string to_base64(Bytes bytes) {
  constexpr std::size_t kStep =
      3 << 20;  // EVP_EncodeBlock counts in int; whole groups need no padding in between
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  auto* w = reinterpret_cast<unsigned char*>(out.data());
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(kStep, bytes.size())))
    w += EVP_EncodeBlock(w, reinterpret_cast<const unsigned char*>(bytes.data()),
                         static_cast<int>(std::min(kStep, bytes.size())));
  out.pop_back();  // the NUL that EVP_EncodeBlock writes
  return out;
}

Result<ByteString> from_base64(std::string_view text) {
  ByteString out;
  Base64Decoder d;
  TRY(d.feed(text, out));
  TRY(d.finish());
  return out;
}

std::size_t Base64Decoder::feed_groups(std::string_view text, char*& w) {
  if (n_bits_ != 0 || padding_ != 0) return 0;
  char* to = w;  // a local, since a store of a char might change w
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const int a = value_of(text[i]), b = value_of(text[i + 1]), c = value_of(text[i + 2]),
              d = value_of(text[i + 3]);
    if ((a | b | c | d) < 0) break;
    const int bits = a << 18 | b << 12 | c << 6 | d;
    *to++ = static_cast<char>(bits >> 16);
    *to++ = static_cast<char>(bits >> 8);
    *to++ = static_cast<char>(bits);
  }
  w = to;
  n_chars_ += i;
  return i;
}

Status Base64Decoder::feed(std::string_view text, ByteString& out) {
  const std::size_t old = out.size();
  out.resize(old + text.size() / 4 * 3 + 3);
  char* w = out.data() + old;
  while (!text.empty()) {
    if (const std::size_t n = feed_groups(text, w); n > 0) {
      text.remove_prefix(n);
      continue;
    }
    const int v = value_of(text.front());
    text.remove_prefix(1);
    if (v >= 0 && padding_ == 0) {
      bits_ = (bits_ << 6) | static_cast<std::uint32_t>(v);
      ++n_chars_;
      if ((n_bits_ += 6) >= 8) *w++ = static_cast<char>(bits_ >> (n_bits_ -= 8));
    } else if (v == kPadding && padding_ < 2) {
      ++padding_;
      ++n_chars_;
    } else if (v != kSpace) {
      out.resize(static_cast<std::size_t>(w - out.data()));
      return Error{Code::kCorrupt, "base64: unexpected character at position " + std::to_string(n_chars_)};
    }
  }
  out.resize(static_cast<std::size_t>(w - out.data()));
  return ok;
}

Status Base64Decoder::finish() const {
  if (n_chars_ % 4 == 0) return ok;
  return Error{Code::kTruncated, "base64: ends inside a group of four, after " + std::to_string(n_chars_)};
}

}  // namespace mk
