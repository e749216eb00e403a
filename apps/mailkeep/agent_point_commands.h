#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep point ...`: restore points of the agent, addressed as SCHEDULE@TIME.
void add_agent_point_commands(CLI::App& app, Action& action);

}  // namespace mk::app
