#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep backup`
void add_backup_commands(CLI::App& app, Action& action);

}  // namespace mk::app
