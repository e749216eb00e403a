#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/smtp_client.h"

namespace mk::agent {

/// One run as a notification tells it.
struct RunSummary {
  /// kWarning: complete with skipped items, or anything else that somebody should look at.
  enum class Outcome { kSuccess, kWarning, kFailure, kMissed };
  std::string schedule;
  std::string kind;  // full, incremental, restore ...
  Outcome outcome = Outcome::kSuccess;
  std::chrono::system_clock::time_point start, end;                // kMissed: both when it was due
  std::uint64_t mailboxes = 0, items = 0, bytes = 0, skipped = 0;  // items: stored by this run
  std::vector<std::string> codes;  // of the catalogue, the most important first
  std::string reason;              // the error's own text, may be empty
  bool will_retry = false;         // a failure that is tried again by itself
};
std::string_view outcome_name(RunSummary::Outcome outcome);  // success, warning, failure, missed

/// When something is sent. All may be on together.
struct NotificationRules {
  bool each_run = false;         // a notification for every run
  bool failures_at_once = true;  // for each failure that is not tried again, and each missed run
  std::optional<std::chrono::minutes> digest_at = {};  // after midnight: of all runs since the last digest
  bool empty_digest = true;  // also when there was no run: silence may mean that all is dead
};
/// Whether this run gets a notification of its own, now.
bool is_sent_at_once(const RunSummary& run, const NotificationRules& rules);
/// Whether the time of a digest came after `last` and not after `now`; both on the wall clock of whoever
/// reads it. A clock that was set back sends nothing twice.
bool is_digest_due(const NotificationRules& rules, std::chrono::local_seconds last,
                   std::chrono::local_seconds now);

/// What is told of some runs: by mail and webhook the same.
struct Digest {
  std::string agent;                                  // which one it is: its host
  std::chrono::system_clock::time_point from, until;  // the time it is about
  std::vector<RunSummary> runs;                       // in the order in which they ended
};

/// Failures first, then missed runs, warnings, successes; each code once, with cause and solution.
/// Bounds: the first 1,000 runs of each outcome
net::Mail digest_mail(const Digest& digest);
/// {"agent", "from", "until", "counts": {"success": n ...}, "runs": [{"schedule", "kind", "outcome", ...}]}
std::string digest_json(const Digest& digest);

}  // namespace mk::agent
