#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep verify`
void add_verify_commands(CLI::App& app, Action& action);

}  // namespace mk::app
