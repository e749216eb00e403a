#include "base/safe_name.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace mk {
namespace {

constexpr std::string_view kBadCharacters = "/\\:*?\"<>|";
/// What printable() puts for control characters, and the marks that can make `exe.fdp` look like `pdf.exe`.
constexpr std::array<std::string_view, 12> kBadSequences = {"\uFFFD", "\u200E", "\u200F", "\u202A",
                                                            "\u202B", "\u202C", "\u202D", "\u202E",
                                                            "\u2066", "\u2067", "\u2068", "\u2069"};
constexpr std::array<std::string_view, 6> kReserved = {"con", "prn", "aux", "nul", "com", "lpt"};

/// CON, COM1 ... also with an extension.
bool is_reserved(std::string_view name) {
  const std::string stem = lower_ascii(name.substr(0, name.find('.')));
  return std::ranges::any_of(kReserved, [&](std::string_view r) {
    if (!stem.starts_with(r)) return false;
    const bool numbered = r == "com" || r == "lpt";
    return numbered ? stem.size() == 4 && stem[3] >= '0' && stem[3] <= '9' : stem == r;
  });
}

std::size_t characters_bytes(std::string_view s, std::size_t max_bytes) {
  if (s.size() <= max_bytes) return s.size();
  while (max_bytes > 0 && (static_cast<unsigned char>(s[max_bytes]) & 0xC0) == 0x80) --max_bytes;
  return max_bytes;
}

std::string without_bad_characters(std::string_view utf8) {
  std::string s = printable(utf8);
  for (char& c : s)
    if (kBadCharacters.find(c) != std::string_view::npos) c = '_';
  for (const std::string_view bad : kBadSequences)
    for (std::size_t at = s.find(bad); at != std::string::npos; at = s.find(bad, at))
      s.replace(at, bad.size(), "_");
  return s;
}

}  // namespace

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string safe_name(std::string_view utf8, std::size_t max_bytes, std::string_view instead) {
  std::string s = without_bad_characters(utf8.substr(0, 4 * max_bytes));
  s.erase(0, std::min(s.find_first_not_of(' '), s.size()));
  if (s.starts_with('.')) s[0] = '_';
  if (is_reserved(s)) s.insert(0, "_");
  s.resize(characters_bytes(s, max_bytes));
  while (s.ends_with(' ') || s.ends_with('.')) s.pop_back();
  return s.empty() ? std::string(instead) : s;
}

}  // namespace mk
