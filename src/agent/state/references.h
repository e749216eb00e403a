#pragma once
#include <string>
#include <vector>

#include "agent/schedule.h"
#include "agent/state/connection.h"
#include "agent/state/state_file.h"

namespace mk::agent {

// Who needs whom: schedules name connections and secrets, connections name secrets.

/// Names of the schedules with that connection.
Result<std::vector<std::string>> schedules_of_connection(StateFile& file, const std::string& connection);
/// `connection NAME`, `schedule NAME`
Result<std::vector<std::string>> users_of_secret(StateFile& file, const std::string& secret);

/// Errors: kInvalid  names what does not exist
Status check_secrets(StateFile& file, const Connection& connection);
Status check_references(StateFile& file, const Schedule& schedule);

/// Errors: kConflict  somebody else changed it
Status check_version(const std::string& what, std::int64_t is, std::int64_t expected);

}  // namespace mk::agent
