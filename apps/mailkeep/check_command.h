#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// check: can a server be reached and read, and places be written?
void add_check_command(CLI::App& app, Action& action);

}  // namespace mk::app
