#pragma once
#include <filesystem>

#include "agent/state/settings.h"

namespace mk::agent {

/// The directory of the agent's machine below which restores write PSTs and files; nowhere else.
/// Errors: kInvalid  none is set: says how; set: not an absolute path of a directory
Result<std::filesystem::path> restore_root(Settings& settings);
Status set_restore_root(Settings& settings, const std::filesystem::path& directory);

}  // namespace mk::agent
