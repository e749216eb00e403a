#pragma once
#include "agent/plan/retention.h"
#include "agent/run/vault_door.h"

namespace mk::agent {

/// The restore points of one mailbox, the oldest first, as retention has to know them. `verified` is left to
/// others. Errors: kCorrupt  a manifest cannot be read: retention must not judge what it does not know
Result<std::vector<HeldPoint>> held_points(const std::filesystem::path& directory);
Result<std::vector<HeldPoint>> held_points(VaultDoor& door, const std::string& mailbox);

}  // namespace mk::agent
