#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep run ...`
void add_run_commands(CLI::App& app, Action& action);

}  // namespace mk::app
