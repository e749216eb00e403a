#include "ews/get_folder.h"

#include <fmt/format.h>

#include "ews/each_message.h"
#include "ews/request.h"

namespace mk::ews {

Result<std::vector<Result<FolderInfo>>> get_folder(Session& session, const std::vector<FolderRef>& folders,
                                                   const Fields& fields) {
  std::string xml = "<m:GetFolder>" + shape_xml("FolderShape", fields) + "<m:FolderIds>";
  for (const FolderRef& folder : folders) xml += folder_id_xml(folder);
  xml += "</m:FolderIds></m:GetFolder>";
  std::vector<Result<FolderInfo>> found;
  TRY(call_each(session, "GetFolder", xml, folders.size(), [&](const Element& m) -> Status {
    const Element* list = m.child("Folders");
    if (auto status = status_of(m); !status) {
      found.emplace_back(std::move(status).error());
    } else if (list == nullptr || list->children.size() != 1) {
      found.emplace_back(Error{Code::kCorrupt, "GetFolder: the answer has no folder in it"});
    } else {
      found.emplace_back(read_folder(list->children[0]));
    }
    return ok;
  }));
  return found;
}

}  // namespace mk::ews
