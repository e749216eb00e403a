#pragma once
#include "agent/run/backup_task.h"
#include "job/mailbox_state.h"
#include "job/vault_state.h"

namespace mk::agent {

/// What a destination of a schedule holds of a mailbox at a time, open for reading.
struct OpenState {
  std::string destination;
  OpenVaults::Lent door;    // none: a plain directory
  vault::LogNumber number;  // of the point, in a vault
  std::unique_ptr<job::MailboxState> state;
  const job::Manifest& manifest() const { return state->manifest(); }
  /// Nothing: a plain directory.
  const job::VaultState* in_vault() const {
    return door == nullptr ? nullptr : static_cast<const job::VaultState*>(state.get());
  }
};

/// The newest point at or before `at` (0 ticks: the newest of all).
/// Errors: kNotFound  no such destination, mailbox, point; those of vaults and backup directories. All name
/// the destination
Result<OpenState> open_state(const Schedule& schedule, const Destination& destination,
                             const std::string& mailbox, FileTime at, const Workshop& workshop);
/// The same in the destination of this place; empty: in the first one that gives it.
/// Errors: of several destinations that of the first
Result<OpenState> open_state(const Schedule& schedule, const std::string& place, const std::string& mailbox,
                             FileTime at, const Workshop& workshop);

/// A restore point in a destination.
struct PointInfo {
  std::string destination, mailbox, name;
  job::Kind kind = job::Kind::kFull;
  FileTime started, finished;
  std::uint64_t items = 0;
  std::string problem;  // not empty: why it cannot be read
};
struct PointList {
  std::vector<PointInfo> points;    // the newest first
  std::vector<std::string> unread;  // destinations that could not be looked into, and why
};
/// The restore points in the destinations of a schedule, as those say themselves; with those that another
/// schedule put into the same destination. `mailbox` empty: all.
Result<PointList> list_points(const Schedule& schedule, const std::string& mailbox, const Workshop& workshop);

}  // namespace mk::agent
