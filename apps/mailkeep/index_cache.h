#pragma once
#include <filesystem>

#include "vault/ids.h"

namespace mk::app {

/// Where this user keeps what was read of a vault's packs: $XDG_CACHE_HOME/mailkeep/ID.index, or below
/// ~/.cache; empty when there is neither. It may be deleted at any time.
std::filesystem::path index_file_of(const vault::VaultId& id);

}  // namespace mk::app
