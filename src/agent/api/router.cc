#include "agent/api/router.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace mk::agent {
namespace {

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto end = std::min(path.find('/'), path.size());
    out.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

bool is_variable(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

bool fits(std::string_view pattern, const std::vector<std::string_view>& given) {
  const auto wanted = segments(pattern);
  return std::equal(wanted.begin(), wanted.end(), given.begin(), given.end(),
                    [](auto w, auto g) { return is_variable(w) ? !g.empty() : w == g; });
}

Result<std::map<std::string, std::string>> variables(std::string_view pattern,
                                                     const std::vector<std::string_view>& given) {
  std::map<std::string, std::string> out;
  const auto wanted = segments(pattern);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!is_variable(wanted[i])) continue;
    TRY_ASSIGN(out[std::string(wanted[i].substr(1, wanted[i].size() - 2))], url_decode(given[i], false));
  }
  return out;
}

unsigned status_of(Code code) {
  switch (code) {
    case Code::kInvalid:
      return 400;
    case Code::kDenied:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kUnsupported:
      return 501;
    case Code::kConflict:
      return 409;
    case Code::kUnavailable:
      return 503;
    case Code::kExhausted:
      return 507;
    case Code::kCorrupt:
    case Code::kTruncated:
    case Code::kCancelled:
    case Code::kInternal:
      break;
  }
  return 500;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

Result<Router::Found> Router::find(const std::string& method, std::string_view path) const {
  if (!path.starts_with('/')) return Error{Code::kInvalid, "the path does not begin with a slash"};
  const auto given = segments(path);
  for (const auto& route : routes_) {
    if (route.method != method || !fits(route.pattern, given)) continue;
    TRY_ASSIGN(auto found, variables(route.pattern, given));
    return Found{&route, std::move(found)};
  }
  const auto others = methods(path);
  if (others.empty()) return Error{Code::kNotFound, "no such path: " + printable(std::string(path))};
  return Error{Code::kUnsupported, fmt::format("{} takes {}, not {}", printable(std::string(path)),
                                               fmt::join(others, ", "), printable(method))};
}

std::set<std::string> Router::methods(std::string_view path) const {
  std::set<std::string> out;
  for (const auto& route : routes_)
    if (fits(route.pattern, segments(path))) out.insert(route.method);
  return out;
}

Result<std::string> url_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return Error{Code::kInvalid, "the address has an escape that is none"};
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!is_utf8(out) || out.find('\0') != std::string::npos)
    return Error{Code::kInvalid, "the address is not UTF-8"};
  return out;
}

Result<std::map<std::string, std::string>> parse_query(std::string_view query) {
  std::map<std::string, std::string> out;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    TRY_ASSIGN(auto name, url_decode(pair.substr(0, equals), true));
    TRY_ASSIGN(out[std::move(name)], url_decode(pair.substr(std::min(equals + 1, pair.size())), true));
  }
  return out;
}

net::HttpReply json_reply(unsigned status, std::string json) {
  net::HttpReply reply;
  reply.status = status;
  reply.content_type = "application/json";
  reply.body = std::move(json);
  return reply;
}

net::HttpReply error_reply(const Error& error) {
  return json_reply(status_of(error.code),
                    fmt::format(R"({{"error":{{"code":{},"message":{}}}}})",
                                json_quote(code_name(error.code)), json_quote(error.what)));
}

}  // namespace mk::agent
