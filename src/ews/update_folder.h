#pragma once
#include "ews/ids.h"
#include "ews/session.h"

namespace mk::ews {

/// What shall become of a folder; what is not set stays.
struct FolderUpdate {
  std::optional<std::string> name, folder_class;
};

/// UpdateFolder.  [MS-OXWSFOLD] 3.1.4.8
/// Errors: kConflict  a folder of that name is there
Status update_folder(Session& session, const model::FolderId& folder, const FolderUpdate& update);

}  // namespace mk::ews
