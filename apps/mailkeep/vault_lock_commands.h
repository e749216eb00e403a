#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `vault lock`: for how long commits are locked; `vault undelete`: what to do after somebody deleted.
void add_lock_commands(CLI::App& vault, Action& action);

}  // namespace mk::app
