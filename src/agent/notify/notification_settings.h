#pragma once
#include "agent/notify/digest.h"
#include "agent/notify/webhook.h"
#include "agent/state/secrets.h"
#include "net/smtp_client.h"

namespace mk::agent {

/// How, when and whom the agent tells.  As JSON: docs/api.json, Notifications
struct NotificationSettings {
  struct Smtp {
    std::string server;
    unsigned port = 0;  // 0: what is usual
    net::SmtpOptions::Tls tls = net::SmtpOptions::Tls::kStartTls;
    std::string user, secret;  // name of the sealed password
    std::string from;
    std::vector<std::string> to;
    std::string ca_file;
  };
  struct Webhook {
    std::string url, secret, ca_file;
  };
  bool each_run = false, failures_at_once = true, digest = false, empty_digest = true;
  std::chrono::minutes digest_at{8 * 60};
  std::string time_zone = "UTC";  // of digest_at
  std::optional<Smtp> smtp;
  std::vector<Webhook> webhooks;

  NotificationRules rules() const;
};

inline constexpr char kNotificationSettings[] = "notifications";

/// Sends a digest in all ways that the settings name. What one way does not take, the others still get.
/// Errors: the first one
Status send(const NotificationSettings& settings, const Digest& digest, Secrets& secrets,
            std::chrono::system_clock::time_point now);

}  // namespace mk::agent
