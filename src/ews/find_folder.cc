#include "ews/find_folder.h"

#include "ews/each_message.h"
#include "ews/paging.h"
#include "ews/request.h"

namespace mk::ews {

Result<FolderPage> find_folder(Session& session, const FolderRef& below, const Fields& fields,
                               std::uint32_t offset, std::uint32_t max_entries) {
  const std::string xml = R"(<m:FindFolder Traversal="Deep">)" + shape_xml("FolderShape", fields) +
                          page_view_xml("IndexedPageFolderView", max_entries, offset) +
                          "<m:ParentFolderIds>" + folder_id_xml(below) +
                          "</m:ParentFolderIds></m:FindFolder>";
  FolderPage page;
  TRY(call_one(session, "FindFolder", xml, [&](const Element& m) -> Status {
    const Element* root = m.child("RootFolder");
    if (root == nullptr) return Error{Code::kCorrupt, "FindFolder: the answer has no RootFolder"};
    const Element* list = root->child("Folders");
    if (list != nullptr)
      for (const Element& folder : list->children) page.folders.push_back(read_folder(folder));
    TRY_ASSIGN(const PageEnd end, read_page_end(*root, offset, page.folders.size()));
    page.next_offset = end.next_offset;
    page.last = end.last;
    return ok;
  }));
  return page;
}

}  // namespace mk::ews
