#pragma once
#include "agent/check/check.h"
#include "source/ews_mailbox.h"

namespace mk::agent {

struct ServerToCheck {
  source::EwsOptions ews;  // `mailbox`: the sample whose access is looked at; empty: the user's own
  std::chrono::milliseconds timeout = std::chrono::seconds(10);  // of each step
  std::chrono::days certificate_warning{30};                     // fewer days left
  std::chrono::minutes clock_warning{5};                         // clocks further apart
};

/// Goes from the server's name to a mailbox's archive, step by step, and says for each what was found:
/// name_resolution, tcp, tls, authentication, clock, ews_version, mailbox_access, archive_access. All are
/// always in the list; those behind a failed one that they need are skipped. Nothing is written.
///
/// Bounds: each step `timeout`, name resolution as long as the system's resolver takes; a busy server is
/// asked
///         twice
std::vector<Check> check_server(const ServerToCheck& what);

}  // namespace mk::agent
