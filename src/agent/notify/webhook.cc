#include "agent/notify/webhook.h"

#include <fmt/format.h>

#include "net/http_client.h"
#include "vault/crypto.h"

namespace mk::agent {
namespace {

constexpr std::uint64_t kMaxReplyBytes = 1 << 20;

/// Only the status counts.
class Answer final : public net::HttpReceiver {
 public:
  int status = 0;
  Status head(const net::HttpHead& head) override {
    status = head.status;
    return ok;
  }
  Status body(Bytes) override { return ok; }
};

Status judge(int status, const std::string& url) {
  if (status >= 200 && status < 300) return ok;
  const auto error = [&](Code code, std::string_view what) {
    return Error{code, fmt::format("webhook {}: HTTP {}: {}", url, status, what)};
  };
  if (status == 401 || status == 403) return error(Code::kDenied, "it refuses us; check the secret");
  if (status == 408 || status == 429 || status >= 500)
    return error(Code::kUnavailable, "not available at the moment");
  return error(Code::kInvalid, status >= 300 && status < 400
                                   ? "it redirects, which is not followed; give the new URL"
                                   : "it does not take our notification; check the URL");
}

}  // namespace

std::string webhook_signature(const SecretString& secret, const std::string& timestamp,
                              const std::string& body) {
  const auto mac =
      vault::hmac(as_bytes(secret.reveal()), {as_bytes(timestamp), as_bytes("."), as_bytes(body)});
  return "sha256=" + to_hex(std::as_bytes(std::span(mac)));
}

Status send_webhook(const WebhookOptions& options, const std::string& json,
                    std::chrono::system_clock::time_point now) {
  net::HttpOptions http;
  http.url = options.url;
  http.ca_file = options.ca_file;
  http.connect_timeout = http.stall_timeout = options.timeout;
  const std::string timestamp = std::to_string(std::chrono::system_clock::to_time_t(now));
  http.headers.emplace_back("X-Mailkeep-Timestamp", timestamp);
  if (!options.secret.empty())
    http.headers.emplace_back("X-Mailkeep-Signature", webhook_signature(options.secret, timestamp, json));
  TRY_ASSIGN(const auto client, net::HttpClient::create(http));
  Answer answer;
  TRY(client->post({make_memory_blob(json), "application/json", kMaxReplyBytes}, answer));
  return judge(answer.status, options.url);
}

}  // namespace mk::agent
