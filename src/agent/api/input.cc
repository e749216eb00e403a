#include "agent/api/input.h"

#include <fmt/format.h>

#include <charconv>

namespace mk::agent {
namespace {

constexpr std::size_t kMaxDepth = 16;

Error invalid(const std::string& where, const std::string& why) {
  return {Code::kInvalid, where + ": " + why};
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

Result<Input> Input::of(const net::HttpRequest& request) {
  const std::string_view type = request.header("Content-Type");
  if (type.substr(0, type.find(';')) != "application/json")
    return Error{Code::kInvalid, "the request needs a body, with Content-Type: application/json"};
  json::error_code failed;
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::value parsed = json::parse(request.body, failed, {}, options);
  if (failed) return Error{Code::kInvalid, "the body is not JSON: " + failed.message()};
  if (!parsed.is_object()) return Error{Code::kInvalid, "the body is not a JSON object"};
  return Input(std::move(parsed.as_object()));
}

Result<Input> Input::of_optional(const net::HttpRequest& request) {
  if (request.body.empty()) return Input(json::object());
  return of(request);
}

std::optional<json::value> Input::take(const char* name) {
  const auto it = object_.find(name);
  if (it == object_.end()) return std::nullopt;
  json::value value = std::move(it->value());
  object_.erase(it);
  return value.is_null() ? std::nullopt : std::optional(std::move(value));
}

Result<std::optional<std::string>> Input::optional_text(const char* name) {
  const auto value = take(name);
  if (!value) return std::optional<std::string>();
  if (!value->is_string()) return invalid(name, "is not a text");
  return std::optional(std::string(value->as_string()));
}

Result<std::string> Input::text(const char* name) {
  TRY_ASSIGN(auto value, optional_text(name));
  if (!value) return invalid(name, "is missing");
  return *std::move(value);
}

Result<std::optional<std::int64_t>> Input::optional_number(const char* name) {
  const auto value = take(name);
  if (!value) return std::optional<std::int64_t>();
  if (!value->is_int64()) return invalid(name, "is not a whole number");
  return std::optional(value->as_int64());
}

Result<std::optional<FileTime>> Input::optional_time(const char* name) {
  TRY_ASSIGN(const auto text, optional_text(name));
  if (!text) return std::optional<FileTime>();
  auto time = parse_utc(*text);
  if (!time) return std::move(time).error().in(name);
  return std::optional(*time);
}

Result<std::vector<json::object>> Input::list(const char* name) {
  const auto value = take(name);
  std::vector<json::object> out;
  if (!value) return out;
  if (!value->is_array()) return invalid(name, "is not a list");
  for (const auto& element : value->as_array()) {
    if (!element.is_object()) return invalid(name, "has something that is not an object");
    out.push_back(element.as_object());
  }
  return out;
}

Status Input::finish() const {
  if (object_.empty()) return ok;
  return invalid(object_.begin()->key(), "there is no such member here");
}

Result<std::int64_t> query_number(const Call& call, const std::string& name, const Range& range) {
  const auto it = call.query.find(name);
  if (it == call.query.end()) return range.otherwise;
  const auto n = number_in(it->second);
  if (n && *n >= range.min && *n <= range.max) return *n;
  return invalid(name, fmt::format("is not a number from {} to {}", range.min, range.max));
}

Result<std::int64_t> path_number(const Call& call, const std::string& name) {
  const auto n = number_in(call.path.at(name));
  if (n && *n > 0) return *n;
  return Error{Code::kNotFound, fmt::format("{} {}: it is not a number", name, call.path.at(name))};
}

Result<std::int64_t> expected_version(const Call& call, std::optional<std::int64_t> member) {
  std::string_view match = call.request.header("If-Match");
  if (match.size() > 2 && match.front() == '"' && match.back() == '"')
    match = match.substr(1, match.size() - 2);
  const auto query = call.query.find("version");
  if (match.empty() && query != call.query.end()) match = query->second;
  const auto given = match.empty() ? member : number_in(match);
  if (given && *given >= 0) return *given;
  return Error{
      Code::kInvalid,
      "version: say which one you have seen, as header If-Match: \"3\" or as `version`, so that nobody "
      "undoes what somebody else changed"};
}

net::HttpReply reply_of(const json::value& value, unsigned status) {
  return json_reply(status, json::serialize(value));
}

net::HttpReply versioned_reply(const json::value& value, std::int64_t version, unsigned status) {
  net::HttpReply reply = reply_of(value, status);
  reply.headers.emplace_back("ETag", fmt::format("\"{}\"", version));
  return reply;
}

net::HttpReply no_content() {
  net::HttpReply reply;
  reply.status = 204;
  reply.content_type.clear();
  return reply;
}

json::value json_of(const std::optional<FileTime>& time) {
  return time ? json::value(format_utc(*time)) : json::value();
}

}  // namespace mk::agent
