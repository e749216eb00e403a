#include "mime/plain_text.h"

#include <array>
#include <charconv>

#include "base/text.h"
#include "mime/charset.h"
#include "mime/header.h"
#include "mime/lzfu.h"
#include "mime/rtf.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

namespace pid = model::pid;
using model::PropType;

std::string string_body(const model::Property& p, unsigned code_page) {
  const auto wide = model::to_unicode(p, code_page);
  const auto bytes = wide ? wide->value.load() : Result<ByteString>(wide.error());
  return bytes ? utf8_from_utf16(as_bytes(*bytes)) : std::string();
}

bool is_string(const model::Property& p) {
  return p.tag.type() == PropType::kString || p.tag.type() == PropType::kString8;
}

std::string text_of_rtf(const model::Property& p) {
  const auto compressed = p.value.load();
  const auto raw =
      compressed ? decompress_rtf(as_bytes(*compressed)) : Result<std::string>(compressed.error());
  const auto content = raw ? read_rtf(*raw) : Result<RtfContent>(raw.error());
  if (!content) return {};
  return content->kind == RtfContent::Kind::kHtml ? text_of_html(content->text) : content->text;
}

std::string html_body(const model::PropertyList& list, const model::Property& p) {
  if (is_string(p)) return string_body(p, list.code_page());
  const auto bytes = p.value.load();
  const auto code_page = static_cast<unsigned>(list.get_integer(pid::kInternetCodepage).value_or(0) & 0xFFFF);
  return bytes ? utf8_from_charset(as_bytes(*bytes), charset_name(code_page)) : std::string();
}

/// `name` of `<name ...>` or `</name>`.
std::string_view tag_name(std::string_view tag) {
  if (tag.starts_with('/')) tag.remove_prefix(1);
  return tag.substr(0, tag.find_first_of(" \t\r\n/>"));
}

/// The character of `&name;`; empty when we do not know it.
std::string entity(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kKnown = {
      {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}}};
  for (const auto& [key, text] : kKnown)
    if (key == name) return std::string(text);
  if (!name.starts_with('#')) return {};
  name.remove_prefix(1);
  const bool hex = name.starts_with('x') || name.starts_with('X');
  if (hex) name.remove_prefix(1);
  std::uint32_t c = 0;
  const auto end = std::from_chars(name.data(), name.data() + name.size(), c, hex ? 16 : 10);
  if (end.ptr != name.data() + name.size() || c < 0x20 || c > 0xFFFF) return {};
  return utf8_from_utf16(as_bytes(le_bytes(static_cast<std::uint16_t>(c))));
}

/// One tag at the front of `html`, taken off it; what it holds is dropped with style and script.
std::string take_tag(std::string_view& html) {
  if (html.starts_with("<!--")) {
    const std::size_t end = html.find("-->");
    html.remove_prefix(end == std::string_view::npos ? html.size() : end + 3);
    return {};
  }
  const std::size_t end = std::min(html.find('>'), html.size() - 1);
  const std::string_view tag = html.substr(1, end - 1), name = tag_name(tag);
  html.remove_prefix(end + 1);
  if (same_name(name, "style") || same_name(name, "script") || same_name(name, "head")) {
    if (tag.starts_with('/')) return {};
    while (!html.empty() && !(html.starts_with("</") && same_name(tag_name(html.substr(1)), name)))
      html.remove_prefix(std::min(html.find('<', 1), html.size()));
    return {};
  }
  for (const std::string_view block : {"br", "p", "div", "tr", "li", "h1", "h2", "h3"})
    if (same_name(name, block)) return tag.starts_with('/') || block == "br" ? "\n" : "";
  return {};
}

std::string body_text(const model::PropertyList& list) {
  const auto* body = list.find(pid::kBody);
  if (body != nullptr && is_string(*body) && body->value.size() > 0)
    return string_body(*body, list.code_page());
  const auto* html = list.find(pid::kBodyHtml);
  if (html != nullptr && (is_string(*html) || html->tag.type() == PropType::kBinary) &&
      html->value.size() > 0)
    return text_of_html(html_body(list, *html));
  const auto* rtf = list.find(pid::kRtfCompressed);
  return rtf != nullptr && rtf->tag.type() == PropType::kBinary && rtf->value.size() > 0 ? text_of_rtf(*rtf)
                                                                                         : "";
}

}  // namespace

std::string text_of_html(std::string_view html) {
  std::string out;
  while (!html.empty()) {
    if (html[0] == '<') {
      out += take_tag(html);
      continue;
    }
    const std::size_t semicolon = html[0] == '&' ? html.substr(0, 12).find(';') : std::string_view::npos;
    std::string character = semicolon == std::string_view::npos ? "" : entity(html.substr(1, semicolon - 1));
    const std::size_t n = character.empty() ? 1 : semicolon + 1;
    if (character.empty()) character = html[0];
    const bool space = character.find_first_not_of(" \t\r\n") == std::string::npos;
    if (!space)
      out += character;
    else if (!out.empty() && out.back() != ' ' && out.back() != '\n')
      out += ' ';
    html.remove_prefix(n);
  }
  while (out.ends_with('\n') || out.ends_with(' ')) out.pop_back();
  return out;
}

std::string plain_text(const model::PropertyList& list) {
  std::string text = body_text(list);
  text.resize(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

}  // namespace mk::mime
