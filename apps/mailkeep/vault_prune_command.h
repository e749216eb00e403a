#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep vault prune`
void add_prune_command(CLI::App& vault, Action& action);

}  // namespace mk::app
