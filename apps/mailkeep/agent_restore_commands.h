#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep restore start|list|show|...`: restores that the agent does.
void add_agent_restore_commands(CLI::App& restore, Action& action);

}  // namespace mk::app
