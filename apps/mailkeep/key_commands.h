#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// Adds `mailkeep key new|add|remove|check|recover`: what opens a vault.
void add_key_commands(CLI::App& app, Action& action);

}  // namespace mk::app
