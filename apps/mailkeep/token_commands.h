#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep token ...`: API tokens of programs.
void add_token_commands(CLI::App& app, Action& action);

}  // namespace mk::app
