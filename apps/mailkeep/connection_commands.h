#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep connection ...`
void add_connection_commands(CLI::App& app, Action& action);

}  // namespace mk::app
