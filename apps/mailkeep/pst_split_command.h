#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// Adds `split` to the commands of `mailkeep pst`.
void add_pst_split_command(CLI::App& pst, Action& action);

}  // namespace mk::app
