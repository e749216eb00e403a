#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep folders`: the folders of a mailbox with their counts and sizes. The command sets `action`.
void add_folders_commands(CLI::App& app, Action& action);

}  // namespace mk::app
