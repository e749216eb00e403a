#pragma once
#include "job/fetcher.h"
#include "job/vault_state.h"

namespace mk::job {

/// Takes those items of a folder from a restore point elsewhere that it holds exactly as they are now: same
/// change key, same read state. They are what the server gave then, compared with their SHA-256.
/// Gives the heads of the others, which are to be fetched; what the point cannot give is among them.
///
/// Errors:  those of `done`
/// Threads: as the point
Result<std::vector<model::ItemHead>> take_held(const VaultState& held, const model::FolderId& folder,
                                               const std::vector<model::ItemHead>& heads,
                                               const std::function<Status(Fetched)>& done);

}  // namespace mk::job
