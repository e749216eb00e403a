#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// Adds `tree` to the commands of `mailkeep pst`.
void add_pst_tree_command(CLI::App& pst, Action& action);

}  // namespace mk::app
