#include <fmt/format.h>

#include <boost/json.hpp>

#include "agent/api/api_document.h"
#include "base/bytes.h"
#include "base/hash.h"

namespace mk::agent {
namespace {

namespace json = boost::json;

constexpr std::string_view kStyle =
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "h2{margin-top:2em;border-bottom:1px solid #ccc}h3 code{background:#eef;padding:.1em .4em}"
    "pre{background:#f6f6f6;padding:1em;overflow:auto}.who{color:#666}";

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string text_of(const json::object& o, const char* name) {
  const json::value* const v = o.if_contains(name);
  return v != nullptr && v->is_string() ? escape(v->as_string()) : std::string();
}

const json::object& object_of(const json::object& o, const char* name) {
  static const json::object kNone;
  const json::value* const v = o.if_contains(name);
  return v != nullptr && v->is_object() ? v->as_object() : kNone;
}

/// Lines of JSON, indented.
void print(const json::value& v, std::string& out, std::size_t depth) {
  const auto line = [&](std::size_t d) { out += "\n" + std::string(2 * d, ' '); };
  const char* separator = "";
  if (v.is_object() && !v.as_object().empty()) {
    out += '{';
    for (const auto& member : v.as_object()) {
      out += separator;
      line(depth + 1);
      out += json::serialize(json::value(member.key())) + ": ";
      print(member.value(), out, depth + 1);
      separator = ",";
    }
    line(depth);
    out += '}';
  } else {
    out += json::serialize(v);
  }
}

std::string block(const json::value& v) {
  std::string text;
  print(v, text, 0);
  return "<pre>" + escape(text) + "</pre>\n";
}

std::string operation_html(std::string_view method, std::string_view path, const json::object& operation) {
  std::string upper(method);
  for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
  std::string out =
      fmt::format("<h3><code>{} {}</code> {}</h3>\n", upper, escape(path), text_of(operation, "summary"));
  const json::value* const roles = operation.if_contains("x-roles");
  if (roles != nullptr) out += "<p class=\"who\">Who may: " + escape(json::serialize(*roles)) + "</p>\n";
  if (const std::string text = text_of(operation, "description"); !text.empty())
    out += "<p>" + text + "</p>\n";
  for (const char* part : {"parameters", "requestBody", "responses"})
    if (const json::value* const v = operation.if_contains(part); v != nullptr)
      out += fmt::format("<details><summary>{}</summary>{}</details>\n", part, block(*v));
  return out;
}

}  // namespace

std::string api_page(std::string_view document) {
  const json::value parsed = json::parse(document);
  const json::object& root = parsed.as_object();
  const json::object& info = object_of(root, "info");
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
      "charset=\"utf-8\"><title>{0}</title><style>{1}</style></head>\n"
      "<body><h1>{0}</h1>\n<p>{2}</p>\n",
      text_of(info, "title"), kStyle, text_of(info, "description"));
  for (const auto& path : object_of(root, "paths"))
    for (const auto& operation : path.value().as_object())
      out += operation_html(operation.key(), path.key(), operation.value().as_object());
  out += "<h2>Schemas</h2>\n";
  for (const auto& schema : object_of(object_of(root, "components"), "schemas"))
    out += fmt::format("<h3 id=\"{0}\">{0}</h3>\n{1}", escape(schema.key()), block(schema.value()));
  return out + "</body></html>\n";
}

std::string api_page_policy() {
  const auto digest = sha256(as_bytes(kStyle));
  return "default-src 'none'; style-src 'sha256-" + to_base64(digest) + "'; frame-ancestors 'none'";
}

}  // namespace mk::agent
