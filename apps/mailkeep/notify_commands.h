#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep notify ...`: whom the agent tells, of what and how.
void add_notify_commands(CLI::App& app, Action& action);

}  // namespace mk::app
