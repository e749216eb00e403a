#pragma once
#include "ews/folder_info.h"
#include "ews/session.h"

namespace mk::ews {

struct FolderPage {
  std::vector<FolderInfo> folders;
  std::uint32_t next_offset = 0;
  bool last = true;
};

/// FindFolder with Traversal="Deep": one page of everything below a folder, itself left out.
/// [MS-OXWSFOLD] 3.1.4.5 A server may give fewer than it was asked for: `last` decides, never the number.
Result<FolderPage> find_folder(Session& session, const FolderRef& below, const Fields& fields,
                               std::uint32_t offset, std::uint32_t max_entries = 1000);

}  // namespace mk::ews
