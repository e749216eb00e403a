#include "mapi/json_text.h"

#include <fmt/format.h>

namespace mk::mapi {
namespace {

void append_utf8(std::string& out, char32_t c) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 63)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    tail(12), tail(6), tail(0);
  }
}

constexpr bool is_high(char32_t c) { return c >= 0xD800 && c < 0xDC00; }
constexpr bool is_low(char32_t c) { return c >= 0xDC00 && c < 0xE000; }

}  // namespace

void append_json_string(std::string& out, std::string_view utf8) {
  out += '"';
  for (const char c : utf8) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
          out += c;
    }
  }
  out += '"';
}

void TextSummary::add(char32_t c) {
  ++n_characters_;
  if (n_characters_ <= kShortCharacters) append_utf8(short_, c);
  if (n_characters_ == kHeadCharacters) head_bytes_ = short_.size();
  append_utf8(to_hash_, c);
  if (to_hash_.size() < 4096) return;
  hash_.update(as_bytes(to_hash_));
  to_hash_.clear();
}

void TextSummary::feed_unit(char32_t unit) {
  if (pending_high_ != 0) {
    if (is_low(unit)) {
      add(0x10000 + ((pending_high_ - 0xD800) << 10) + (unit - 0xDC00));
      pending_high_ = 0;
      return;
    }
    well_formed_ = false;
    pending_high_ = 0;
  }
  if (is_high(unit))
    pending_high_ = unit;
  else if (is_low(unit))
    well_formed_ = false;
  else
    add(unit);
}

void TextSummary::feed(Bytes text) {
  for (const std::byte b : text) {
    if (coding_ == Coding::kLatin1) {
      add(std::to_integer<unsigned char>(b));
    } else if (odd_) {
      odd_ = false;
      feed_unit(std::to_integer<char32_t>(odd_byte_) | std::to_integer<char32_t>(b) << 8);
    } else {
      odd_ = true;
      odd_byte_ = b;
    }
  }
}

std::string TextSummary::json() {
  std::string out;
  if (n_characters_ <= kShortCharacters) {
    append_json_string(out, short_);
    return out;
  }
  hash_.update(as_bytes(to_hash_));
  out = fmt::format(R"({{"chars":{},"sha256_utf8":"{}","head":)", n_characters_, to_hex(hash_.finish()));
  append_json_string(out, std::string_view(short_).substr(0, head_bytes_));
  return out + "}";
}

}  // namespace mk::mapi
