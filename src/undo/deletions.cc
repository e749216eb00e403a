#include "undo/deletions.h"

#include "ews/each_message.h"
#include "ews/request.h"

namespace mk::undo {

Result<std::vector<Status>> delete_items(ews::Session& session, const std::vector<model::ItemId>& items) {
  const std::string xml =
      "<m:DeleteItem DeleteType=\"HardDelete\" SendMeetingCancellations=\"SendToNone\" "
      "AffectedTaskOccurrences=\"AllOccurrences\"><m:ItemIds>" +
      ews::item_ids_xml(items) + "</m:ItemIds></m:DeleteItem>";
  std::vector<Status> results;
  TRY(ews::call_each(session, "DeleteItem", xml, items.size(), [&](const ews::Element& m) -> Status {
    results.push_back(ews::status_of(m));
    return ok;
  }));
  return results;
}

Status delete_folder(ews::Session& session, const model::FolderId& folder, FolderDeletion how) {
  const std::string type = how == FolderDeletion::kHardDelete ? "HardDelete" : "MoveToDeletedItems";
  const std::string xml = "<m:DeleteFolder DeleteType=\"" + type + "\"><m:FolderIds>" +
                          ews::folder_id_xml({folder, {}, {}}) + "</m:FolderIds></m:DeleteFolder>";
  return ews::call_one(session, "DeleteFolder", xml, [](const ews::Element&) -> Status { return ok; });
}

}  // namespace mk::undo
