#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeepd key export`: the key that the agent made for a vault, for whoever may read the agent's state.
void add_key_commands(CLI::App& app, Action& action);

}  // namespace mk::app
