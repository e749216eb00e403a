#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "agent/state/agent_state.h"

namespace mk::app {

/// Where the agent keeps what it knows.
struct StateOptions {
  std::string directory = "/var/lib/mailkeep";
  std::string key_file;
};
/// Adds --state and --key-file.
void add_state_options(CLI::App& command, StateOptions& o);

/// --key-file, else systemd's credential, else nothing: the key lies in the directory.
std::optional<agent::KeyPlace> key_place(const StateOptions& o);
/// Errors: as AgentState::open()
Result<std::unique_ptr<agent::AgentState>> open_state(const StateOptions& o);

}  // namespace mk::app
