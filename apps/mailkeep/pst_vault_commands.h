#pragma once
#include <CLI/CLI.hpp>

#include "exit.h"

namespace mk::app {

/// `pst put` and `pst get`: PST files in a vault.
void add_pst_vault_commands(CLI::App& pst, Action& action);

}  // namespace mk::app
