#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

void add_pst_check_command(CLI::App& pst, Action& action);

}  // namespace mk::app
