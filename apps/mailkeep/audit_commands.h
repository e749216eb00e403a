#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep audit ...`: the agent's log of changes and of looks at mail.
void add_audit_commands(CLI::App& app, Action& action);

}  // namespace mk::app
