#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeepd user add|list|remove|password`, on the state itself, for whoever may read it.
void add_user_commands(CLI::App& app, Action& action);

}  // namespace mk::app
