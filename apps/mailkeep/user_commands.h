#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep user ...`: people who may log in to the agent.
void add_user_commands(CLI::App& app, Action& action);

}  // namespace mk::app
