#pragma once
#include <chrono>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace mk::agent {

struct WebhookOptions {
  std::string url;
  SecretString secret = {};  // empty: unsigned
  std::string ca_file = {};  // PEM; empty: the system's authorities
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
};

/// Posts a JSON text to a URL.
///
/// Shape:   headers X-Mailkeep-Timestamp: seconds since 1970, and with a secret X-Mailkeep-Signature:
/// sha256=HEX,
///          the HMAC-SHA-256 of "TIMESTAMP.BODY". Who checks it compares the timestamp with the clock as
///          well.
/// Errors:  kInvalid  the URL, or an answer that says that this will never do; kDenied  401, 403,
/// certificate;
///          kUnavailable  unreachable, 408, 429, 5xx
/// Redirections are not followed.
Status send_webhook(const WebhookOptions& options, const std::string& json,
                    std::chrono::system_clock::time_point now);

/// The value of X-Mailkeep-Signature.
std::string webhook_signature(const SecretString& secret, const std::string& timestamp,
                              const std::string& body);

}  // namespace mk::agent
