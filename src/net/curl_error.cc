#include <fmt/format.h>

#include <string_view>

#include "net/curl_easy.h"

namespace mk::net {
namespace {

constexpr const char* kCertificateRemedy =
    "; if this is your server, give the certificate of its authority with --ca-file (or, in a test, use "
    "--insecure)";

}  // namespace

Error curl_error(CURLcode code, const std::string& url, const char* detail) {
  const std::string_view text = detail != nullptr && *detail != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return {Code::kDenied, fmt::format("{}: the server's certificate is not trusted: {}{}", url, text,
                                         kCertificateRemedy)};
    case CURLE_SSL_CACERT_BADFILE:
      return {Code::kInvalid,
              fmt::format("{}: the file with authorities to trust cannot be used: {}", url, text)};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {Code::kInvalid,
              fmt::format("{}: not a URL of a web server; write it as https://HOST/EWS/Exchange.asmx", url)};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Code::kUnavailable,
              fmt::format("{}: unknown host: {}; check the name and this machine's DNS", url, text)};
    case CURLE_COULDNT_CONNECT:
      return {Code::kUnavailable,
              fmt::format("{}: cannot connect: {}; check host, port and firewall", url, text)};
    case CURLE_OPERATION_TIMEDOUT:
      return {Code::kUnavailable, fmt::format("{}: timed out: {}", url, text)};
    case CURLE_SSL_CONNECT_ERROR:
      return {Code::kUnavailable,
              fmt::format("{}: no TLS connection: {}; check that the port speaks HTTPS", url, text)};
    case CURLE_WEIRD_SERVER_REPLY:
      return {Code::kInvalid, fmt::format("{}: what answers there is not a web server: {}", url, text)};
    case CURLE_PARTIAL_FILE:
      return {Code::kTruncated, fmt::format("{}: the answer ends too early: {}", url, text)};
    default:
      break;
  }
  return {Code::kUnavailable, fmt::format("{}: the connection broke: {}", url, text)};
}

}  // namespace mk::net
