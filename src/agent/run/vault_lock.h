#pragma once
#include "agent/check/check.h"
#include "agent/schedule.h"
#include "vault/vault.h"

namespace mk::agent {

/// The lock of a destination with `lock_days`: new points in its vault are locked for so many days, or
/// longer. As long as the log of a vault is empty it is still being made, and the agent locks it. How long
/// any other one is locked only a person changes, with a key of it: docs/adr/0008-object-lock.md

/// Locks what lies in the vault by then, so that keys for it go before.
/// Errors: kUnsupported  the store has no locks; kDenied  the vault is locked for fewer days; of the store
/// Threads: one at a time for a place
Status see_to_lock(const Destination& destination, vault::Vault& vault, FileTime now);

/// Is it so, or will the first run see to it? Nothing is written.
/// `key`: of the vault; nullptr where there is none yet
Check check_lock(const std::string& name, const Destination& destination, vault::Store& store,
                 const vault::Unlock* key);

}  // namespace mk::agent
