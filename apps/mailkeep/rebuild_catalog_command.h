#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// vault rebuild-catalog
void add_rebuild_catalog_command(CLI::App& vault, Action& action);

}  // namespace mk::app
