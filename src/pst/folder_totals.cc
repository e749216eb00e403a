#include "pst/folder_totals.h"

#include "model/tags.h"

namespace mk::pst {

Status visit_items(const PstFile& file, Nid folder, bool associated, const PstFile::RowVisitor& visitor) {
  if (file.visit_rows(folder, associated, visitor)) return ok;
  TRY_ASSIGN(const auto ids, file.items(folder, associated));
  for (const Nid id : ids) {
    const auto item = file.read_item(id);
    TRY(visitor(id, item ? item->properties : model::PropertyList()));
  }
  return ok;
}

FolderTotals totals_of(const PstFile& file, Nid folder) {
  FolderTotals out;
  for (const bool associated : {false, true}) {
    FolderTotals table;
    const auto add = [&](Nid, const model::PropertyList& row) -> Status {
      const auto size = row.get_integer(model::pid::kMessageSize).value_or(0);
      table.bytes += size > 0 ? static_cast<std::uint64_t>(size) : 0;
      const auto flags = row.get_integer(model::pid::kMessageFlags);
      table.unread += !associated && flags && (*flags & model::kFlagRead) == 0 ? 1 : 0;
      return ok;
    };
    if (!visit_items(file, folder, associated, add)) continue;
    out.unread += table.unread;
    out.bytes += table.bytes;
  }
  return out;
}

}  // namespace mk::pst
