#include "store/sigv4.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "base/hash.h"
#include "base/time.h"
#include "vault/crypto.h"

namespace mk::store {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

/// Without spaces at the ends, and one where there are several.
std::string trimmed(std::string_view value) {
  std::string out;
  for (const char c : value)
    if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

using Headers = std::map<std::string, std::string>;

Headers canonical_headers(const NameValues& headers) {
  Headers out;
  for (const auto& [name, value] : headers) {
    const auto [at, is_new] = out.emplace(lower(name), trimmed(value));
    if (!is_new) at->second += "," + trimmed(value);
  }
  return out;
}

std::string signed_names(const Headers& headers) {
  std::string out;
  for (const auto& [name, value] : headers) out += (out.empty() ? "" : ";") + name;
  return out;
}

Bytes bytes_of(const vault::Mac& mac) { return std::as_bytes(std::span(mac)); }

vault::Mac signature(const std::string& to_sign, const std::string& day, const SigV4Scope& scope,
                     const SecretString& secret) {
  const SecretString first("AWS4" + secret.reveal());
  vault::Mac key = vault::hmac(as_bytes(first.reveal()), {as_bytes(day)});
  for (const std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")})
    key = vault::hmac(bytes_of(key), {as_bytes(part)});
  return vault::hmac(bytes_of(key), {as_bytes(to_sign)});
}

}  // namespace

std::string uri_encode(std::string_view text, bool is_path) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' || (is_path && c == '/');
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string canonical_query(const NameValues& query) {
  NameValues encoded;
  for (const auto& [name, value] : query) encoded.emplace_back(uri_encode(name), uri_encode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

std::string canonical_request(const SigV4Request& r) {
  const Headers headers = canonical_headers(r.headers);
  std::string lines;
  for (const auto& [name, value] : headers) lines += name + ":" + value + "\n";
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", r.method, r.path, canonical_query(r.query), lines,
                     signed_names(headers), r.body_sha256);
}

std::string authorization(const SigV4Request& request, const SigV4Scope& scope,
                          const AwsCredentials& credentials) {
  const std::string day = scope.time.substr(0, 8);
  const std::string place = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const auto hash = sha256(as_bytes(canonical_request(request)));
  const std::string to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, scope.time, place, to_hex(hash));
  const vault::Mac mac = signature(to_sign, day, scope, credentials.secret_key);
  return fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                     credentials.access_key_id, place, signed_names(canonical_headers(request.headers)),
                     to_hex(bytes_of(mac)));
}

std::string amz_time(std::chrono::system_clock::time_point t) {
  const std::string text = format_utc(to_file_time(t)).substr(0, 19);
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return c != '-' && c != ':'; });
  return out + "Z";
}

}  // namespace mk::store
