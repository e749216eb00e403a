#pragma once
#include "agent/plan/retention.h"
#include "agent/run/backup_task.h"

namespace mk::agent {

/// The restore points of one mailbox at one destination, and what the schedule's retention does with them.
struct RetentionScope {
  const Schedule* schedule = nullptr;
  const Destination* destination = nullptr;
  std::string mailbox;
};

/// What would be deleted now, and why each other point stays. Changes nothing. The newest point counts as
/// verified, as it will be before anything is deleted. Errors: those of the destination
Result<RetentionPlan> preview_retention(const RetentionScope& scope, const Workshop& workshop);

struct Retained {
  RetentionPlan plan;
  std::size_t deleted = 0;  // points
  bool verified = false;    // points were read, since something was to be deleted
};
/// Deletes what the policy lets go. Before that the newest point is read and compared with its checksums; one
/// that is damaged deletes nothing. In a vault the points are forgotten, and their bytes given back after a
/// day. Errors: kCorrupt  the newest point is damaged; those of the destination
Result<Retained> apply_retention(const RetentionScope& scope, const Workshop& workshop);

/// Somebody has looked at a drop of items and accepts it: the newest point's is no reason to stop any more.
Status accept_drop(const RetentionScope& scope, const Workshop& workshop);

}  // namespace mk::agent
