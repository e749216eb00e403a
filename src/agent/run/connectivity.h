#pragma once
#include "agent/check/check.h"
#include "agent/run/backup_task.h"

namespace mk::agent {

/// One thing that a schedule needs, and what was found there.
struct CheckedThing {
  enum class Kind { kConnection, kDestination, kTemporary };
  Kind kind = Kind::kConnection;
  std::string name;  // of the connection; the place
  std::vector<Check> checks;
};
std::string_view kind_name(CheckedThing::Kind kind);  // connection, destination, temporary

/// Test connectivity: looks at all that a schedule needs, saved or not, in the order of the schedule.
///
/// Shape:   of a connection as check_server() with the first mailbox that is selected, then `mailboxes`: how
///          many are; of a destination `destination`: rights and room of its directory, and of a vault
///          `vault`: does it answer, does the schedule's key open it, and where the schedule wants its points
///          locked `lock`: are they, or will they be; of the place for dumps `temporary`.
///          Nothing is kept: what is written to find out rights is gone at once, no vault and no key is made
/// Errors:  kNotFound  there is no such connection; of the state
/// Bounds:  as check_server() for each connection, and the listing of patterns
Result<std::vector<CheckedThing>> check_connectivity(const Schedule& schedule, const Workshop& workshop);

}  // namespace mk::agent
