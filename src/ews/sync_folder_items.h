#pragma once
#include "ews/ids.h"
#include "ews/session.h"

namespace mk::ews {

/// The most changes one answer may hold.
inline constexpr std::uint32_t kMaxSyncPage = 512;

/// SyncFolderItems for normal and associated items: one page of changes.  [MS-OXWSSYNC] 3.1.4.2
/// Errors: kConflict  the state is not (any more) valid
Result<model::ItemChanges> sync_folder_items(Session& session, const model::FolderId& folder,
                                             const model::SyncState& state,
                                             std::uint32_t max_changes = kMaxSyncPage);

}  // namespace mk::ews
