#pragma once
#include <vector>

#include "ews/folder_info.h"
#include "source/ews_connection.h"

namespace mk::source {

/// All folders of the mailbox, its top first, parents before children, search folders left out.
Result<std::vector<model::Folder>> read_folder_tree(EwsConnection& connection);

/// Associated items of a folder, counted by FindItem, for servers that do not give the property.
Result<std::uint64_t> count_associated(EwsConnection& connection, const model::FolderId& folder);

/// Folders in an order in which parents come before their children. A folder whose parent is not among them
/// (or that is its own ancestor) becomes a child of the first folder.
std::vector<model::Folder> parents_first(std::vector<model::Folder> folders);

}  // namespace mk::source
