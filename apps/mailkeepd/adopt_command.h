#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeepd adopt`: an agent that lost its disk, set up again from a vault.
void add_adopt_command(CLI::App& app, Action& action);

}  // namespace mk::app
