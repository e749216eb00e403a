#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// Adds `mailkeep pst`: what is in PST files, and new files made of them.
void add_pst_commands(CLI::App& app, Action& action);

}  // namespace mk::app
