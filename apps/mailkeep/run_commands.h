#pragma once
#include <CLI/CLI.hpp>

#include "agent_client.h"

namespace mk::app {

/// `mailkeep run ...`
void add_run_commands(CLI::App& app, Action& action);

/// Waits until a run is over, shows it, and gives the exit code that it would have had as a backup.
Result<ExitCode> wait_for_run(AgentClient& agent, const AgentOptions& options, const std::string& number);

}  // namespace mk::app
