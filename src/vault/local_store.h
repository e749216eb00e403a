#pragma once
#include "vault/disk.h"
#include "vault/store.h"

namespace mk::vault {

/// A store in a directory. An object is written under a temporary name and synced, takes its name only if
/// nothing has it, and the directory is synced before put() returns, or says that the name is taken.
/// Only plain files are objects, and links below the directory are not followed when it is listed: somebody
/// else may write to it.
/// Errors: those of Store
std::unique_ptr<Store> make_local_store(const std::filesystem::path& dir,
                                        std::unique_ptr<Disk> disk = make_disk());

}  // namespace mk::vault
