#pragma once
#include "agent/run/vault_door.h"
#include "agent/state/agent_state.h"

namespace mk::agent {

/// What the agent is told to do lies in each vault that it writes as well, so that an agent that lost its
/// disk can be set up again from any of them. Secrets do not: passwords and tokens have to be given again.

/// Names of points; what an agent kept last is in the newest.
inline constexpr char kConfigurationPoint[] = "mailkeepd configuration";

/// {"version": 1, "connections": [...], "schedules": [...]}: the schedules that write to `place`, and their
/// connections.
Result<std::string> configuration_for(AgentState& state, const std::string& place);
/// Writes it as a point of its own, unless the newest one says the same; older ones are forgotten.
Status keep_configuration(vault::Vault& vault, const std::string& json, Clock& clock);
/// Errors: kNotFound  no agent kept one here
Result<std::string> read_configuration(vault::Vault& vault);

/// What adopt() did.
struct Adopted {
  std::vector<std::string> connections, schedules;
  std::vector<std::string> kept;     // were there already, and stayed as they are
  std::vector<std::string> secrets;  // that are to be given again
};
/// Takes over connections and schedules. A secret that is missing is stored as an empty one, so that runs
/// fail with a clear message until it is given; schedules are paused until then. Errors: kUnsupported  of a
/// newer agent; kCorrupt  not a configuration
Result<Adopted> adopt(AgentState& state, const std::string& json, FileTime now);

}  // namespace mk::agent
