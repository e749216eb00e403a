#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep key recovery|prove|default|vaults`: keys of the agent's vaults.
void add_agent_key_commands(CLI::App& key, Action& action);

}  // namespace mk::app
