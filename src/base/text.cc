#include "base/text.h"

#include <fmt/format.h>
#include <iconv.h>

#include <cerrno>

namespace mk {
namespace {

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 63));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 63));
    out += static_cast<char>(0x80 | (c & 63));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 63));
    out += static_cast<char>(0x80 | (c >> 6 & 63));
    out += static_cast<char>(0x80 | (c & 63));
  }
}

constexpr char32_t kReplacement = 0xFFFD;
constexpr bool is_high(char32_t c) { return c >= 0xD800 && c < 0xDC00; }
constexpr bool is_low(char32_t c) { return c >= 0xDC00 && c < 0xE000; }

/// The next code point of UTF-8, moving `s` past it; kReplacement for one ill-formed byte.
char32_t next_utf8(std::string_view& s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char b = byte(0);
  const std::size_t n = b < 0x80                ? 1
                        : b >= 0xC2 && b < 0xE0 ? 2
                        : b >= 0xE0 && b < 0xF0 ? 3
                        : b >= 0xF0 && b < 0xF5 ? 4
                                                : 0;
  char32_t c = n == 1 ? b : b & (0xFFu >> (n + 1));
  bool good = n > 0 && n <= s.size();
  for (std::size_t i = 1; good && i < n; ++i) {
    good = (byte(i) & 0xC0) == 0x80;
    c = c << 6 | (byte(i) & 63);
  }
  good = good && !(n == 3 && c < 0x800) && !(n == 4 && (c < 0x10000 || c > 0x10FFFF)) &&
         !(c >= 0xD800 && c < 0xE000);
  s.remove_prefix(good ? n : 1);
  return good ? c : kReplacement;
}

unsigned upper(unsigned c) {
  const auto within = [c](unsigned from, unsigned to) { return c >= from && c <= to; };
  if (within('a', 'z') || (within(0xE0, 0xFE) && c != 0xF7)) return c - 0x20;
  if (c == 0xFF) return 0x178;
  const bool odd_is_small = within(0x100, 0x137) || within(0x14A, 0x177);
  const bool even_is_small = within(0x139, 0x148) || within(0x179, 0x17E);
  if (odd_is_small && c != 0x131) return c & ~1u;
  if (even_is_small) return c % 2 == 0 ? c - 1 : c;
  if (c == 0x3AC) return 0x386;
  if (within(0x3AD, 0x3AF)) return c - 0x25;
  if (within(0x3B1, 0x3CB) && c != 0x3C2) return c - 0x20;
  if (c == 0x3CC) return 0x38C;
  if (within(0x3CD, 0x3CE)) return c - 0x3F;
  if (within(0x430, 0x44F)) return c - 0x20;
  if (within(0x450, 0x45F)) return c - 0x50;
  return within(0x561, 0x586) ? c - 0x30 : c;
}

/// iconv's names for the Windows code pages that mail uses.
std::string iconv_name(unsigned code_page) {
  switch (code_page) {
    case 0:
      return "CP1252";
    case 20127:
      return "CP1252";  // ASCII in name; real mail has Latin letters in it
    case 65001:
      return "UTF-8";
    case 65000:
      return "UTF-7";
    case 1200:
      return "UTF-16LE";
    case 20866:
      return "KOI8-R";
    case 21866:
      return "KOI8-U";
    case 50220:
    case 50221:
    case 50222:
      return "ISO-2022-JP";
    case 50225:
      return "ISO-2022-KR";
    case 51932:
      return "EUC-JP";
    case 51936:
    case 936:
      return "GBK";
    case 51949:
    case 949:
      return "CP949";
    case 54936:
      return "GB18030";
    case 950:
      return "BIG5";
    case 10000:
      return "MACINTOSH";
    default:
      break;
  }
  if (code_page >= 28591 && code_page <= 28605) return fmt::format("ISO-8859-{}", code_page - 28590);
  return fmt::format("CP{}", code_page);
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::string_view from = text;
    if (next_utf8(text) == kReplacement && !from.starts_with("\uFFFD")) return false;
  }
  return true;
}

std::string utf8_from_utf16(Bytes in) {
  std::string out;
  out.reserve(in.size() / 2);
  const std::size_t n = in.size() / 2;
  const auto unit = [&](std::size_t i) {
    return static_cast<char32_t>(load_le<std::uint16_t>(in.data() + 2 * i));
  };
  for (std::size_t i = 0; i < n; ++i) {
    char32_t c = unit(i);
    if (is_high(c) && i + 1 < n && is_low(unit(i + 1)))
      c = 0x10000 + ((c - 0xD800) << 10) + (unit(++i) - 0xDC00);
    else if (c >= 0xD800 && c < 0xE000)
      c = kReplacement;
    append_utf8(out, c);
  }
  if (in.size() % 2 != 0) append_utf8(out, kReplacement);
  return out;
}

ByteString utf16_from_utf8(std::string_view s) {
  ByteString out;
  out.reserve(s.size() * 2);
  while (!s.empty()) {
    char32_t c = next_utf8(s);
    if (c >= 0x10000) {
      c -= 0x10000;
      append_le(out, static_cast<std::uint16_t>(0xD800 + (c >> 10)));
      append_le(out, static_cast<std::uint16_t>(0xDC00 + (c & 0x3FF)));
    } else {
      append_le(out, static_cast<std::uint16_t>(c));
    }
  }
  return out;
}

ByteString upper_utf16(Bytes utf16le) {
  ByteString out;
  for (std::size_t i = 0; i + 2 <= utf16le.size(); i += 2)
    append_le(out, static_cast<std::uint16_t>(upper(load_le<std::uint16_t>(utf16le.data() + i))));
  return out;
}

bool is_well_formed_utf16(Bytes in) {
  if (in.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < in.size(); i += 2) {
    const char32_t c = load_le<std::uint16_t>(in.data() + i);
    if (is_low(c)) return false;
    if (is_high(c)) {
      i += 2;
      if (i >= in.size() || !is_low(load_le<std::uint16_t>(in.data() + i))) return false;
    }
  }
  return true;
}

Result<std::string> utf8_from_code_page(Bytes text, unsigned code_page) {
  const std::string name = iconv_name(code_page);
  iconv_t cd = iconv_open("UTF-8", name.c_str());
  if (cd == reinterpret_cast<iconv_t>(-1))
    return Error{Code::kUnsupported,
                 fmt::format("code page {} ({}) is not known to this system", code_page, name)};
  std::string out;
  char* in = const_cast<char*>(as_chars(text).data());
  std::size_t n_in = text.size();
  char buffer[4096];
  while (n_in > 0) {
    char* w = buffer;
    std::size_t n_out = sizeof buffer;
    const std::size_t r = iconv(cd, &in, &n_in, &w, &n_out);
    out.append(buffer, sizeof buffer - n_out);
    if (r == static_cast<std::size_t>(-1) && errno != E2BIG) {
      append_utf8(out, kReplacement);
      ++in, --n_in;
    }
  }
  iconv_close(cd);
  return out;
}

namespace {

/// Characters that a terminal or viewer obeys instead of showing: controls, and what turns the direction of
/// text around, so that a name reads as another (UAX #9).
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F || c == 0x2028 ||
         c == 0x2029 || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFFFE ||
         c == 0xFFFF;
}

/// Characters that XML 1.0 has (2.2 Char).
bool is_xml(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xFFFE && c != 0xFFFF);
}

std::string replaced(std::string_view s, bool (*is_bad)(char32_t)) {
  std::string out;
  out.reserve(s.size());
  while (!s.empty()) {
    const char32_t c = next_utf8(s);
    append_utf8(out, is_bad(c) ? kReplacement : c);
  }
  return out;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  return replaced(text, [](char32_t) { return false; });
}
std::string printable(std::string_view utf8) { return replaced(utf8, is_control); }
std::string xml_characters(std::string_view utf8) {
  return replaced(utf8, [](char32_t c) { return !is_xml(c); });
}

}  // namespace mk
