#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep fts dump|check`: looks into FastTransfer streams. The chosen command sets `action`.
void add_fts_commands(CLI::App& app, Action& action);

}  // namespace mk::app
