#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// Adds `ls` to the commands of `mailkeep pst`.
void add_pst_list_command(CLI::App& pst, Action& action);

}  // namespace mk::app
