#include "ews/xml_filter.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace mk::ews {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kMaxReference = 12;  // `&#x0010FFFF;`; what is longer is text

/// Bytes that may stand anywhere without a closer look.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> t{};
  for (std::size_t c = 0x20; c < 0x80; ++c) t[c] = c != '&';
  t['\t'] = t['\n'] = t['\r'] = true;
  return t;
}();

bool is_plain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

constexpr std::size_t kRun = 64;

/// How many bytes from `at` on are plain beyond doubt, in whole runs: nearly all of an answer is base64, and
/// a loop without a way out is one that compilers turn into vectors.
std::size_t plain_run(std::string_view s, std::size_t at) {
  const std::size_t from = at;
  for (; s.size() - at >= kRun; at += kRun) {
    unsigned char odd = 0;
    for (std::size_t i = 0; i < kRun; ++i) {
      const auto c = static_cast<unsigned char>(s[at + i]);
      odd = static_cast<unsigned char>(odd | (c < 0x20) | (c >= 0x80) | (c == '&'));
    }
    if (odd != 0) break;
  }
  return at - from;
}

/// Char of XML 1.0.
bool is_xml_char(std::uint32_t c) {
  return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE) ||
         (c >= 0x10000 && c < 0x110000);
}

/// The number of `&#...;` (without the frame), or -1 when it is none.
std::int64_t reference_value(std::string_view digits) {
  const bool hex = digits.starts_with('x') || digits.starts_with('X');
  if (hex) digits.remove_prefix(1);
  if (digits.empty()) return -1;
  std::int64_t v = 0;
  for (const char c : digits) {
    const char l = static_cast<char>(c | 0x20);
    const int d = c >= '0' && c <= '9' ? c - '0' : hex && l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
    if (d < 0) return -1;
    v = std::min<std::int64_t>(v * (hex ? 16 : 10) + d, 0x7FFFFFFF);
  }
  return v;
}

bool is_known_entity(std::string_view name) {
  return name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos";
}

/// Length of the UTF-8 sequence that starts with `lead`, 0 when none does.
std::size_t utf8_length(unsigned char lead) {
  return lead >= 0xC2 && lead < 0xE0   ? 2
         : lead >= 0xE0 && lead < 0xF0 ? 3
         : lead >= 0xF0 && lead < 0xF5 ? 4
                                       : 0;
}

/// How many of the first bytes of `s` can belong to one sequence of `n` bytes.
std::size_t utf8_prefix(std::string_view s, std::size_t n) {
  std::size_t i = 1;
  while (i < n && i < s.size() && (static_cast<unsigned char>(s[i]) & 0xC0) == 0x80) ++i;
  return i;
}

bool is_valid_sequence(std::string_view s) {
  std::uint32_t c = static_cast<unsigned char>(s[0]) & (0xFFu >> (s.size() + 1));
  for (std::size_t i = 1; i < s.size(); ++i) c = c << 6 | (static_cast<unsigned char>(s[i]) & 63u);
  const std::uint32_t least = s.size() == 2 ? 0x80 : s.size() == 3 ? 0x800 : 0x10000;
  return c >= least && is_xml_char(c);
}

/// What becomes of the bytes at the front of the input.
struct Finding {
  std::size_t length = 0;  // 0: the rest of it has not come yet
  bool keep = true;
  std::string_view instead;
};

Finding look_at_reference(std::string_view s) {
  const std::size_t end = s.substr(0, kMaxReference).find_first_of(";<& \n", 1);
  if (end == std::string_view::npos && s.size() < kMaxReference) return {};
  const bool closed = end != std::string_view::npos && s[end] == ';';
  const std::string_view name = closed ? s.substr(1, end - 1) : std::string_view{};
  const std::int64_t value = name.starts_with('#') ? reference_value(name.substr(1)) : -1;
  if (value < 0 && !is_known_entity(name)) return {1, false, "&amp;"};
  const bool legal = value < 0 || is_xml_char(static_cast<std::uint32_t>(value));
  return {end + 1, legal, kReplacement};
}

Finding look_at_sequence(std::string_view s) {
  const std::size_t n = utf8_length(static_cast<unsigned char>(s[0]));
  const std::size_t have = n == 0 ? 0 : utf8_prefix(s, n);
  if (n != 0 && have == s.size() && have < n) return {};
  if (n == 0 || have < n) return {1, false, kReplacement};
  return {n, is_valid_sequence(s.substr(0, n)), kReplacement};
}

}  // namespace

Status XmlFilter::scan(std::string_view piece) {
  std::size_t done = 0, at = 0, try_run_at = 0;  // a run that fails is not tried again at each of its bytes
  while (at < piece.size()) {
    if (is_plain(piece[at])) {
      const std::size_t run = at >= try_run_at ? plain_run(piece, at) : 0;
      if (run == 0 && at >= try_run_at) try_run_at = at + kRun;
      at += std::max<std::size_t>(1, run);
      continue;
    }
    const std::string_view rest = piece.substr(at);
    const Finding found = rest[0] == '&' ? look_at_reference(rest) : look_at_sequence(rest);
    if (found.length != 0 && found.keep) {
      at += found.length;
      continue;
    }
    if (at > done) TRY(clean(piece.substr(done, at - done)));
    if (found.length == 0) {
      held_ = rest;
      return ok;
    }
    TRY(clean(found.instead));
    done = at += found.length;
  }
  return at > done ? clean(piece.substr(done)) : Status(ok);
}

Status XmlFilter::feed(std::string_view piece) {
  if (held_.empty()) return scan(piece);
  // only what can end the unfinished part is copied; the bulk stays where it is
  std::string joined = std::exchange(held_, {});
  const std::size_t n = std::min<std::size_t>(piece.size(), kMaxReference);
  joined += piece.substr(0, n);
  TRY(scan(joined));
  return n < piece.size() ? feed(piece.substr(n)) : Status(ok);
}

Status XmlFilter::finish() {
  const std::string rest = std::exchange(held_, {});
  if (rest.empty()) return ok;
  if (rest[0] != '&') return clean(kReplacement);
  TRY(clean("&amp;"));
  TRY(scan(std::string_view(rest).substr(1)));
  return finish();
}

}  // namespace mk::ews
