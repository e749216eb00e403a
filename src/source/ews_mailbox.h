#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "model/mailbox.h"

namespace mk::net {
class RateLimit;
}

namespace mk::source {

enum class Auth { kBasic, kBearer };

/// How to reach one mailbox over EWS, as a person gives it (docs/guides/connecting.md).
struct EwsOptions {
  std::string url;      // https://mail.example.com/EWS/Exchange.asmx, or only the host
  std::string user;     // user@example.com or DOMAIN\user
  std::string mailbox;  // SMTP address, or a name that the server can resolve to one; empty: the user's own
  SecretString password_or_token;
  Auth auth = Auth::kBasic;
  bool impersonate = false;  // act as the mailbox's owner (ApplicationImpersonation) instead of as a delegate
  std::string ca_file;       // PEM, instead of the system's authorities
  bool insecure = false;     // do not verify the server's certificate
  std::chrono::milliseconds timeout = std::chrono::minutes(5);  // without (noteworthy) progress of a request
  std::shared_ptr<net::RateLimit> rate_limit;                   // of all that share it; null: none
  int max_retries = 8;                                          // of one request, with growing pauses
  std::chrono::milliseconds first_pause = std::chrono::seconds(1);
  Clock* clock = &system_clock();
  std::uint64_t jitter_seed = 0;              // 0: random
  const std::atomic<bool>* cancel = nullptr;  // ends these pauses with kCancelled; null: nothing does
};

/// Connects to a mailbox: negotiates the version, resolves the mailbox and checks that it can be read.
///
/// Spec:    [MS-OXWSCDATA], [MS-OXWSBTRF], [MS-OXWSSYNC], [MS-OXWSFOLD], [MS-OXWSSRCH]
/// Errors:  kInvalid      the URL, or what answers there, is not EWS
///          kDenied       password, token, rights on the mailbox, certificate; names the remedy
///          kNotFound     no such mailbox
///          kUnavailable  unreachable, or busy for longer than the retries last
///          kUnsupported  a server before Exchange 2010 SP1, which cannot export items
/// Threads: one thread at a time; clone() opens a connection for another
/// Bounds:  items of any size pass through in pieces; listings come in pages of at most 1000
Result<std::unique_ptr<model::MailboxTarget>> open_ews_mailbox(const EwsOptions& options);

}  // namespace mk::source
