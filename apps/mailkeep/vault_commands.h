#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// Adds `mailkeep vault ...`: making vaults and looking into them.
void add_vault_commands(CLI::App& app, Action& action);

}  // namespace mk::app
