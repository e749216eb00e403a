#pragma once
#include <optional>
#include <string>

#include "vault/vault.h"

namespace mk::app {

/// The newest record of a vault's log as `NUMBER SHA256`, which whoever does not trust the store keeps for
/// himself. An empty path is no file.  Errors: kInvalid  the file holds something else; those of the file
Result<std::optional<vault::KnownHead>> read_head(const std::string& path);
Status write_head(const std::string& path, const vault::Vault& vault);

}  // namespace mk::app
