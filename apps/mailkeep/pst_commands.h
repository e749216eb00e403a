#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// Adds `mailkeep pst info|ls|dump|copy|recover`: what is in a PST file.
void add_pst_commands(CLI::App& app, Action& action);

}  // namespace mk::app
