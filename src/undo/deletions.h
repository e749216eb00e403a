#pragma once
#include "ews/session.h"
#include "model/mailbox.h"

namespace mk::undo {

/// DeleteItem of HardDelete: the items are gone at once, no cancellations and no notices are sent. One result
/// for each, in order.  [MS-OXWSCORE] 3.1.4.3
/// Errors: as ews::call(); of an item: kNotFound  it is not there any more
Result<std::vector<Status>> delete_items(ews::Session& session, const std::vector<model::ItemId>& items);

enum class FolderDeletion { kMoveToDeletedItems, kHardDelete };
/// DeleteFolder of one folder, with all that is in it.  [MS-OXWSFOLD] 3.1.4.4
/// Errors: as ews::call(); kNotFound  it is not there any more
Status delete_folder(ews::Session& session, const model::FolderId& folder, FolderDeletion how);

}  // namespace mk::undo
