#pragma once
#include <string>

#include "agent_client.h"

namespace mk::app {

/// Asks the agent for mail in the vaults of schedules and prints what it found, with the point that had it
/// first. `query`: of GET /api/v1/search (docs/api.json)
/// Gives kFailed when a place could not be read.
Result<ExitCode> search_at_agent(const AgentOptions& options, const std::string& query);

}  // namespace mk::app
