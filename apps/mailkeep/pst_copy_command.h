#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// Adds `copy`, `merge` and `recover` to the commands of `mailkeep pst`.
void add_pst_copy_command(CLI::App& pst, Action& action);

}  // namespace mk::app
