#include "ews/update_folder.h"

#include <fmt/format.h>

#include "ews/each_message.h"
#include "ews/request.h"

namespace mk::ews {
namespace {

std::string set_field_xml(std::string_view field, std::string_view element, const std::string& value) {
  return fmt::format("<t:SetFolderField>{}<t:Folder><t:{}>{}</t:{}></t:Folder></t:SetFolderField>",
                     field_xml(field), element, escape(value), element);
}

}  // namespace

Status update_folder(Session& session, const model::FolderId& folder, const FolderUpdate& update) {
  std::string fields;
  if (update.name) fields += set_field_xml("folder:DisplayName", "DisplayName", *update.name);
  if (update.folder_class) fields += set_field_xml("folder:FolderClass", "FolderClass", *update.folder_class);
  const std::string xml = fmt::format(
      "<m:UpdateFolder><m:FolderChanges><t:FolderChange>{}<t:Updates>{}</t:Updates></t:FolderChange></"
      "m:FolderChanges>"
      "</m:UpdateFolder>",
      folder_id_xml({folder, {}, {}}), fields);
  return call_one(session, "UpdateFolder", xml, [](const Element&) -> Status { return ok; });
}

}  // namespace mk::ews
