#include "agent/notify/notification_settings.h"

namespace mk::agent {
namespace {

Result<SecretString> secret_of(const std::string& name, Secrets& secrets) {
  if (name.empty()) return SecretString();
  return secrets.get(name);
}

Status send_mail(const NotificationSettings::Smtp& smtp, const Digest& digest, Secrets& secrets,
                 std::chrono::system_clock::time_point now) {
  net::SmtpOptions o;
  o.server = smtp.server;
  o.port = static_cast<std::uint16_t>(smtp.port);
  o.tls = smtp.tls;
  o.user = smtp.user;
  TRY_ASSIGN(o.password, secret_of(smtp.secret, secrets));
  o.from = smtp.from;
  o.to = smtp.to;
  o.ca_file = smtp.ca_file;
  return net::send_mail(o, digest_mail(digest), now);
}

Status send_to(const NotificationSettings::Webhook& webhook, const Digest& digest, Secrets& secrets,
               std::chrono::system_clock::time_point now) {
  WebhookOptions o;
  o.url = webhook.url;
  TRY_ASSIGN(o.secret, secret_of(webhook.secret, secrets));
  o.ca_file = webhook.ca_file;
  return send_webhook(o, digest_json(digest), now);
}

}  // namespace

NotificationRules NotificationSettings::rules() const {
  NotificationRules r;
  r.each_run = each_run;
  r.failures_at_once = failures_at_once;
  if (digest) r.digest_at = digest_at;
  r.empty_digest = empty_digest;
  return r;
}

Status send(const NotificationSettings& settings, const Digest& digest, Secrets& secrets,
            std::chrono::system_clock::time_point now) {
  Status first = ok;
  const auto note = [&](Status sent, const std::string& where) {
    if (first && !sent) first = std::move(sent).error().in(where);
  };
  if (settings.smtp) note(send_mail(*settings.smtp, digest, secrets, now), settings.smtp->server);
  for (const auto& webhook : settings.webhooks) note(send_to(webhook, digest, secrets, now), webhook.url);
  return first;
}

}  // namespace mk::agent
