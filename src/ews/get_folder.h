#pragma once
#include "ews/folder_info.h"
#include "ews/session.h"

namespace mk::ews {

/// GetFolder: one result per folder, in order.  [MS-OXWSFOLD] 3.1.4.6
Result<std::vector<Result<FolderInfo>>> get_folder(Session& session, const std::vector<FolderRef>& folders,
                                                   const Fields& fields);

}  // namespace mk::ews
