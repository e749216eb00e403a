#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep proof ...`: drills that show what can be restored.
void add_proof_commands(CLI::App& app, Action& action);

}  // namespace mk::app
