#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// points, items, compare and export: what is in backups, without a server.
void add_point_commands(CLI::App& app, Action& action);

}  // namespace mk::app
