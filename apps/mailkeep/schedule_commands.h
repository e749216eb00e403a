#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep schedule ...`
void add_schedule_commands(CLI::App& app, Action& action);

}  // namespace mk::app
