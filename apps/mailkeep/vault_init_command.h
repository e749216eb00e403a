#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// mailkeep vault init
void add_init_command(CLI::App& vault, Action& action);

}  // namespace mk::app
