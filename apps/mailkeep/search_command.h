#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// search: mail of all mailboxes and restore points of a vault, by its catalog.
void add_search_command(CLI::App& app, Action& action);

}  // namespace mk::app
