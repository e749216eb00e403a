#include "store/s3_address.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "store/sigv4.h"

namespace mk::store {
namespace {

constexpr char kForm[] = "write it as s3://BUCKET/PREFIX";
constexpr std::size_t kMaxPrefix = 512;  // keys have up to 1,024 bytes, names in a store up to 200

bool all_of(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           more.find(c) != std::string_view::npos;
  });
}

Status check_bucket(const std::string& bucket) {
  if (!bucket.empty() && bucket.size() <= 255 && all_of(bucket, ".-_") && bucket.front() != '.' &&
      bucket.find("..") == std::string::npos)
    return ok;
  return Error{Code::kInvalid, fmt::format("'{}' is not the name of a bucket; {}", printable(bucket), kForm)};
}

/// `a/b` or `a/b/` becomes `a/b/`. Parts that an intermediary could take for a way up are refused.
Result<std::string> parse_prefix(std::string prefix) {
  while (prefix.ends_with('/')) prefix.pop_back();
  if (prefix.empty()) return prefix;
  const bool is_text = printable(prefix) == prefix && prefix.size() <= kMaxPrefix;
  const std::string framed = "/" + prefix + "/";
  const auto has = [&](const char* part) { return framed.find(part) != std::string::npos; };
  if (!is_text || has("//") || has("/./") || has("/../"))
    return Error{Code::kInvalid, fmt::format("'{}' cannot be the prefix of a store: it has empty parts, dots "
                                             "alone, control characters, or more than {} bytes; {}",
                                             printable(prefix), kMaxPrefix, kForm)};
  return prefix + "/";
}

struct Endpoint {
  std::string scheme, host, port;
};

Result<Endpoint> parse_endpoint(const std::string& text) {
  const auto mark = text.find("://");
  Endpoint e;
  e.scheme = mark == std::string::npos ? "https" : text.substr(0, mark);
  std::string rest = mark == std::string::npos ? text : text.substr(mark + 3);
  if (rest.ends_with('/')) rest.pop_back();
  const auto colon = rest.find(':', rest.starts_with('[') ? rest.find(']') : 0);
  e.host = rest.substr(0, colon);
  if (colon != std::string::npos) e.port = rest.substr(colon + 1);
  const bool is_port =
      colon == std::string::npos ||
      (!e.port.empty() && e.port.size() <= 5 &&
       std::all_of(e.port.begin(), e.port.end(), [](char c) { return c >= '0' && c <= '9'; }));
  if ((e.scheme == "https" || e.scheme == "http") && !e.host.empty() && all_of(e.host, ".-_[]:") && is_port)
    return e;
  return Error{Code::kInvalid,
               fmt::format("'{}' is not the endpoint of an S3 service; write it as https://HOST or "
                           "https://HOST:PORT, without a path and without a login",
                           printable(text))};
}

}  // namespace

bool is_s3_url(std::string_view url) { return url.starts_with("s3:"); }

Result<S3Address> parse_s3_address(const std::string& url, const std::string& endpoint,
                                   const std::string& region, S3Style style) {
  if (!is_s3_url(url))
    return Error{Code::kInvalid, fmt::format("'{}' is no place at S3; {}", printable(url), kForm)};
  const std::string path = url.substr(url.starts_with("s3://") ? 5 : 3);
  const auto slash = path.find('/');
  S3Address a;
  a.bucket = path.substr(0, slash);
  a.region = region.empty() ? "us-east-1" : region;
  TRY(check_bucket(a.bucket));
  if (!all_of(a.region, "-_"))
    return Error{Code::kInvalid, fmt::format("'{}' is not a region, such as us-east-1", printable(region))};
  TRY_ASSIGN(a.prefix, parse_prefix(slash == std::string::npos ? "" : path.substr(slash + 1)));
  TRY_ASSIGN(const Endpoint e,
             parse_endpoint(endpoint.empty() ? "https://s3." + a.region + ".amazonaws.com" : endpoint));
  const bool is_plain_name = a.bucket.find('.') == std::string::npos;
  const bool is_virtual =
      style == S3Style::kVirtual || (style == S3Style::kAuto && endpoint.empty() && is_plain_name);
  const std::string port = e.port.empty() ? "" : ":" + e.port;
  const bool is_own_port = e.port == (e.scheme == "https" ? "443" : "80");
  const std::string host = is_virtual ? a.bucket + "." + e.host : e.host;
  a.url = e.scheme + "://" + host + port;
  a.host = host + (is_own_port ? "" : port);
  a.root = is_virtual ? "/" : "/" + uri_encode(a.bucket) + "/";
  return a;
}

}  // namespace mk::store
