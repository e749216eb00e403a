#include "source/http_transport.h"

namespace mk::source {
namespace {

/// Hands an HTTP answer on as one of EWS.
class Bridge final : public net::HttpReceiver {
 public:
  explicit Bridge(ews::ReplySink& to) : to_(to) {}
  std::optional<std::chrono::system_clock::time_point> date;
  Status head(const net::HttpHead& head) override {
    date = head.date();
    return to_.head({head.status, head.content_type, head.location, head.retry_after});
  }
  Status body(Bytes piece) override { return to_.body(piece); }

 private:
  ews::ReplySink& to_;
};

net::Credentials credentials_of(const EwsOptions& options) {
  const auto scheme = options.auth == Auth::kBearer ? net::AuthScheme::kBearer : net::AuthScheme::kBasic;
  return {scheme, options.user, options.password_or_token};
}

}  // namespace

std::string ews_url(const std::string& server) {
  std::string url = server.find("://") == std::string::npos ? "https://" + server : server;
  const std::size_t host = url.find("://") + 3;
  const std::size_t path = url.find('/', host);
  if (path == std::string::npos || path + 1 == url.size()) url = url.substr(0, path) + "/EWS/Exchange.asmx";
  return url;
}

Result<std::unique_ptr<HttpTransport>> HttpTransport::create(const EwsOptions& options,
                                                             const std::string& anchor) {
  net::HttpOptions http;
  http.url = ews_url(options.url);
  http.credentials = credentials_of(options);
  http.ca_file = options.ca_file;
  http.insecure = options.insecure;
  http.stall_timeout = options.timeout;
  http.rate_limit = options.rate_limit;
  http.headers.emplace_back("Accept", "text/xml");
  // without it a load balancer may choose a server that has to ask another one
  if (!anchor.empty()) http.headers.emplace_back("X-AnchorMailbox", anchor);
  TRY_ASSIGN(auto client, net::HttpClient::create(http));
  return std::unique_ptr<HttpTransport>(new HttpTransport(http.url, std::move(client)));
}

Status HttpTransport::post(const ews::Request& request, ews::ReplySink& reply) {
  Bridge bridge(reply);
  Status status =
      http_->post({request.body, "text/xml; charset=utf-8", request.max_reply_bytes, request.once}, bridge);
  server_time_ = bridge.date;
  return status;
}

}  // namespace mk::source
