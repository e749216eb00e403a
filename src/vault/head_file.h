#pragma once
#include "vault/vault.h"

namespace mk::vault {

/// The newest record of a vault's log as `NUMBER SHA256`, which whoever does not trust the store keeps for
/// himself. An empty path is no file; one that is not there remembers nothing.
/// Errors: kInvalid  the file holds something else; those of the file
Result<std::optional<KnownHead>> read_head(const std::filesystem::path& path);
Status write_head(const std::filesystem::path& path, const Vault& vault);

/// Opens a vault whose head is remembered in a file, and remembers it there.
/// Errors: those of Vault::open() and the file; kCorrupt  the log is older than was seen, or another one:
/// says which file to remove when that is as it should be
Result<std::unique_ptr<Vault>> open_remembered(Store& store, const Unlock& key,
                                               const std::filesystem::path& head_file,
                                               const std::filesystem::path& index_file);

}  // namespace mk::vault
