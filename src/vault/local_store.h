#pragma once
#include "vault/disk.h"
#include "vault/store.h"

namespace mk::vault {

/// A store in a directory. An object is written under a temporary name and synced, takes its name only if
/// nothing has it, and the directory is synced before put() returns, or says that the name is taken.
/// Only plain files are objects, and a listing follows no link that it meets: somebody else may write there.
/// Errors: those of Store
std::unique_ptr<Store> make_local_store(const std::filesystem::path& dir,
                                        std::unique_ptr<Disk> disk = make_disk());

}  // namespace mk::vault
