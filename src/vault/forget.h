#pragma once
#include "vault/vault.h"

namespace mk::vault {

/// Lets a restore point go; prune gives back the room of what only it needed.  Errors: those of
/// Vault::append()
Status forget(Vault& vault, LogNumber point, FileTime now);

}  // namespace mk::vault
