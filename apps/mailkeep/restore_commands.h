#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep restore`, `mailkeep points`
void add_restore_commands(CLI::App& app, Action& action);

}  // namespace mk::app
