#include "mime/header.h"

#include <algorithm>

#include "base/bytes.h"
#include "mime/gmime_ptr.h"

namespace mk::mime {
namespace {

constexpr std::size_t kMaxColumn = 76;
/// RFC 5322 allows 998 in a line; a longer word cannot be folded and is encoded instead.
constexpr std::size_t kMaxWord = 900;
/// 45 bytes give 60 digits and, with `=?utf-8?B?` and `?=`, an encoded word of 72 characters (75 are
/// allowed).
constexpr std::size_t kEncodedWordBytes = 45;

constexpr bool is_space(char c) { return c == ' ' || c == '\t'; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
  return s;
}

bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= 200 &&
         std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7F && c != ':'; });
}

/// The next line without its end; moves `rest` past it.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// Text that a reader gives back as it is: printable ASCII, nothing to be taken for an encoded word, no long
/// words.
bool survives(std::string_view s) {
  if (!s.empty() && (s.front() == ' ' || s.back() == ' ')) return false;
  std::size_t word = 0;
  for (const char c : s) {
    if (c < 0x20 || c >= 0x7F) return false;
    word = c == ' ' ? 0 : word + 1;
    if (word > kMaxWord) return false;
  }
  return s.find("=?") == std::string_view::npos;
}

std::string encoded_words(std::string_view s) {
  std::string out;
  while (!s.empty()) {
    std::size_t n = std::min(kEncodedWordBytes, s.size());
    while (n > 1 && n < s.size() && (static_cast<unsigned char>(s[n]) & 0xC0) == 0x80)
      --n;  // whole characters
    if (!out.empty()) out += ' ';
    out += "=?utf-8?B?" + to_base64(as_bytes(s.substr(0, n))) + "?=";
    s.remove_prefix(n);
  }
  return out;
}

bool is_atom_character(char c) {
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_atoms(std::string_view s) {
  return s.find("  ") == std::string_view::npos &&
         std::ranges::all_of(s, [](char c) { return c == ' ' || is_atom_character(c); });
}

}  // namespace

std::vector<HeaderLine> split_headers(std::string_view block) {
  std::vector<HeaderLine> out;
  bool in_field = false;
  while (!block.empty()) {
    const std::string_view line = take_line(block);
    if (line.empty()) break;
    if (is_space(line.front())) {
      if (in_field) out.back().value += one_line(line);
      continue;
    }
    const std::size_t colon = line.find(':');
    const std::string_view name = trimmed(line.substr(0, std::min(colon, line.size())));
    in_field = colon != std::string_view::npos && is_field_name(name);
    if (in_field) out.push_back({std::string(name), one_line(line.substr(colon + 1))});
  }
  for (HeaderLine& h : out) h.value = std::string(trimmed(h.value));
  return out;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

const HeaderLine* find_header(const std::vector<HeaderLine>& headers, std::string_view name) {
  const auto it = std::ranges::find_if(headers, [&](const HeaderLine& h) { return same_name(h.name, name); });
  return it == headers.end() ? nullptr : &*it;
}

std::string one_line(std::string_view utf8) {
  std::string out(utf8.substr(0, utf8.find_last_not_of('\0') + 1));  // some PST files keep the terminator
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return out;
}

std::string encode_text(std::string_view utf8) {
  std::string s = one_line(utf8);
  return survives(s) ? s : encoded_words(s);
}

std::string encode_phrase(std::string_view utf8) {
  const std::string s = one_line(utf8);
  if (!survives(s)) return encoded_words(s);
  if (is_atoms(s)) return s;
  std::string out = "\"";
  for (const char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  std::size_t column = name.size() + 2;
  for (std::size_t at = 0; at < value.size();) {
    std::size_t end = at + 1;
    while (end < value.size() && !is_space(value[end])) ++end;
    const bool only_space = end == at + 1 && is_space(value[at]);
    if (column + (end - at) > kMaxColumn && at > 0 && !only_space && is_space(value[at])) {
      out += "\r\n";
      column = 0;
    }
    out.append(value.substr(at, end - at));
    column += end - at;
    at = end;
  }
  out += "\r\n";
}

void append_header(std::string& out, std::string_view name, std::string_view value,
                   const Parameters& parameters) {
  start_gmime();
  const GObjectPtr<GMimeParamList> list(g_mime_param_list_new());
  for (const auto& [key, text] : parameters)
    if (!text.empty()) g_mime_param_list_set_parameter(list.get(), key.c_str(), one_line(text).c_str());
  GString* folded = g_string_new((std::string(name) + ": " + std::string(value)).c_str());
  g_mime_param_list_encode(list.get(), nullptr, TRUE, folded);
  for (const char c : std::string_view(folded->str, folded->len)) {
    if (c == '\n') out += '\r';
    out += c;
  }
  g_string_free(folded, TRUE);
  if (!out.ends_with("\r\n")) out += "\r\n";
}

}  // namespace mk::mime
