#pragma once
#include <memory>
#include <optional>

#include "ews/transport.h"
#include "net/http_client.h"
#include "source/ews_mailbox.h"

namespace mk::source {

/// Carries EWS over HTTP(S).
class HttpTransport final : public ews::Transport {
 public:
  /// `anchor`: the mailbox whose server shall answer (X-AnchorMailbox), or empty.
  static Result<std::unique_ptr<HttpTransport>> create(const EwsOptions& options, const std::string& anchor);
  Status post(const ews::Request& request, ews::ReplySink& reply) override;
  std::string_view where() const override { return url_; }
  /// Bytes of the last request that were read for sending.
  std::uint64_t sent() const { return http_->sent(); }
  /// What time it was at the server when it last answered, if it said so.
  std::optional<std::chrono::system_clock::time_point> server_time() const { return server_time_; }

 private:
  HttpTransport(std::string url, std::unique_ptr<net::HttpClient> http)
      : url_(std::move(url)), http_(std::move(http)) {}
  std::string url_;
  std::unique_ptr<net::HttpClient> http_;
  std::optional<std::chrono::system_clock::time_point> server_time_;
};

/// The URL of EWS for what a person gives: a scheme and the usual path are added where they are missing.
std::string ews_url(const std::string& server);

}  // namespace mk::source
