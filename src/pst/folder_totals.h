#pragma once
#include "pst/reader.h"

namespace mk::pst {

/// What the items of one folder come to, sub-folders not included.
struct FolderTotals {
  std::uint64_t unread = 0;  // of the normal items
  std::uint64_t bytes = 0;   // PidTagMessageSize of all, associated ones too
};

/// Visits the rows of a folder's table or, when that is damaged, the items themselves.
Status visit_items(const PstFile& file, Nid folder, bool associated, const PstFile::RowVisitor& visitor);

FolderTotals totals_of(const PstFile& file, Nid folder);

}  // namespace mk::pst
