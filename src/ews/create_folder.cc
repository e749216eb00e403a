#include "ews/create_folder.h"

#include <fmt/format.h>

#include "ews/each_message.h"
#include "ews/folder_info.h"
#include "ews/request.h"

namespace mk::ews {

std::string_view folder_element(std::string_view folder_class) {
  if (folder_class == "IPF.Appointment") return "CalendarFolder";
  if (folder_class == "IPF.Contact") return "ContactsFolder";
  if (folder_class == "IPF.Task") return "TasksFolder";
  return "Folder";
}

Result<model::FolderId> create_folder(Session& session, const FolderRef& parent, const std::string& name,
                                      const std::string& folder_class) {
  const auto element = folder_element(folder_class);
  // the special elements imply their class; for any other it must be said
  const std::string class_xml = element == "Folder" && !folder_class.empty()
                                    ? fmt::format("<t:FolderClass>{}</t:FolderClass>", escape(folder_class))
                                    : "";
  const std::string xml = fmt::format(
      "<m:CreateFolder><m:ParentFolderId>{}</m:ParentFolderId><m:Folders><t:{}>{}<t:DisplayName>{}</"
      "t:DisplayName></t:{}>"
      "</m:Folders></m:CreateFolder>",
      folder_id_xml(parent), element, class_xml, escape(name), element);
  model::FolderId id;
  TRY(call_one(session, "CreateFolder", xml, [&](const Element& m) -> Status {
    const Element* list = m.child("Folders");
    if (list != nullptr && !list->children.empty()) id = read_folder(list->children[0]).id;
    return id.empty() ? Status(Error{Code::kCorrupt, "CreateFolder: the answer has no FolderId"})
                      : Status(ok);
  }));
  return id;
}

}  // namespace mk::ews
