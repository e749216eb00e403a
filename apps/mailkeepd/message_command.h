#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeepd messages`
void add_message_command(CLI::App& app, Action& action);

}  // namespace mk::app
