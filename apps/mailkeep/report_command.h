#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `mailkeep report`
void add_report_command(CLI::App& app, Action& action);

}  // namespace mk::app
