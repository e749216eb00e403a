#pragma once
#include "ews/folder_info.h"
#include "ews/session.h"

namespace mk::ews {

struct FolderChange {
  enum class Kind { kCreate, kUpdate, kDelete };
  Kind kind = Kind::kCreate;
  FolderInfo folder;  // kDelete: only the id
};
struct FolderChanges {
  std::vector<FolderChange> changes;
  model::SyncState state;
  bool last = true;
};

/// SyncFolderHierarchy: one page of what changed below `root`, which must be the same for a state's whole
/// life. [MS-OXWSSYNC] 3.1.4.1 Errors: kConflict  the state is not (any more) valid
Result<FolderChanges> sync_folder_hierarchy(Session& session, const FolderRef& root,
                                            const model::SyncState& state);

}  // namespace mk::ews
