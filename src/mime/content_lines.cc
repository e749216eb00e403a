#include "mime/content_lines.h"

#include <algorithm>

namespace mk::mime {
namespace {

constexpr std::size_t kMaxLineBytes = 75;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Quoted where it has to be; a quote cannot stand in it and becomes an apostrophe.
std::string parameter_value(std::string_view value) {
  std::string out(value);
  for (char& c : out) c = is_control(c) ? ' ' : c == '"' ? '\'' : c;
  const bool plain = out.find_first_of(":;,") == std::string::npos;
  return plain ? out : '"' + out + '"';
}

}  // namespace

std::string ContentLines::escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\\' || c == ';' || c == ',')
      out.append(1, '\\').append(1, c);
    else if (!is_control(c) || c == '\t')
      out += c;
  }
  return out;
}

void ContentLines::start(std::string_view name, const Parameters& parameters) {
  std::string head(name);
  for (const auto& [key, value] : parameters)
    if (!value.empty()) head.append(";").append(key).append("=").append(parameter_value(value));
  put(head + ":");
}

void ContentLines::put(std::string_view text) {
  while (!text.empty()) {
    std::size_t n = std::min(text.size(), kMaxLineBytes - column_);
    while (n > 0 && n < text.size() && continues_character(text[n])) --n;
    line_.append(text.substr(0, n));
    column_ += n;
    text.remove_prefix(n);
    if (text.empty()) return;
    line_.append("\r\n ");
    column_ = 1;
  }
}

void ContentLines::end_line() {
  line_ += "\r\n";
  if (status_) status_ = out_.write(as_bytes(line_));
  line_.clear();
  column_ = 0;
}

void ContentLines::raw(std::string_view name, std::string_view value, const Parameters& parameters) {
  start(name, parameters);
  std::string clean(value);
  std::ranges::replace_if(clean, is_control, ' ');
  put(clean);
  end_line();
}

void ContentLines::text(std::string_view name, std::string_view value, const Parameters& parameters) {
  const std::string escaped = escape(value);
  if (escaped.empty()) return;
  start(name, parameters);
  put(escaped);
  end_line();
}

void ContentLines::binary(std::string_view name, const model::Value& value, const Parameters& parameters) {
  auto in = value.open();
  if (!in) {
    if (status_) status_ = std::move(in).error();
    return;
  }
  start(name, parameters);
  std::string window(std::size_t{48} * 1024, '\0');  // whole groups of three
  while (status_) {
    const auto n = read_full(**in, std::as_writable_bytes(std::span(window)));
    if (!n) {
      status_ = n.error();
      break;
    }
    if (*n == 0) break;
    put(to_base64(as_bytes(window).first(*n)));
    status_ = out_.write(as_bytes(line_));
    line_.clear();
  }
  end_line();
}

}  // namespace mk::mime
