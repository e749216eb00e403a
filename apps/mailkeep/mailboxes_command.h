#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// mailboxes: who is there, by the server's directory or a file, and whom patterns choose.
void add_mailboxes_command(CLI::App& app, Action& action);

}  // namespace mk::app
