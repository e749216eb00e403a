#pragma once
#include "ews/ids.h"
#include "ews/session.h"

namespace mk::ews {

/// CreateFolder: a folder of the given class (IPF.Note when empty) below `parent`.  [MS-OXWSFOLD] 3.1.4.2
/// Errors: kConflict  a folder of that name is there
Result<model::FolderId> create_folder(Session& session, const FolderRef& parent, const std::string& name,
                                      const std::string& folder_class);

/// The element that EWS uses for folders of that class: CalendarFolder, ContactsFolder, TasksFolder, else
/// Folder.
std::string_view folder_element(std::string_view folder_class);

}  // namespace mk::ews
