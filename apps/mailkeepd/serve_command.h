#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeepd serve`
void add_serve_command(CLI::App& app, Action& action);

}  // namespace mk::app
