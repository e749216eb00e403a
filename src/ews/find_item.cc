#include "ews/find_item.h"

#include <fmt/format.h>

#include "ews/each_message.h"
#include "ews/paging.h"
#include "ews/request.h"

namespace mk::ews {
namespace {

std::string restriction_xml(const Restriction& r) {
  if (!r.equals) return "<m:Restriction><t:Exists>" + field_xml(r.field) + "</t:Exists></m:Restriction>";
  return fmt::format(
      R"(<m:Restriction><t:IsEqualTo>{}<t:FieldURIOrConstant><t:Constant Value="{}"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>)",
      field_xml(r.field), escape(*r.equals));
}

Status read_page(const Element& m, const FindItemQuery& query, ItemPage& page) {
  const Element* root = m.child("RootFolder");
  if (root == nullptr) return Error{Code::kCorrupt, "FindItem: the answer has no RootFolder"};
  const Element* list = root->child("Items");
  if (list != nullptr)
    for (const Element& item : list->children) page.items.push_back(read_item(item, query.fields.extended));
  page.total = to_unsigned(root->attribute("TotalItemsInView")).value_or(0);
  TRY_ASSIGN(const PageEnd end, read_page_end(*root, query.offset, page.items.size()));
  page.next_offset = end.next_offset;
  page.last = end.last;
  return ok;
}

}  // namespace

Result<ItemPage> find_item(Session& session, const FindItemQuery& query) {
  const std::string xml = fmt::format(
      R"(<m:FindItem Traversal="{}">{}{}{}<m:ParentFolderIds>{}</m:ParentFolderIds></m:FindItem>)",
      query.associated ? "Associated" : "Shallow", shape_xml("ItemShape", query.fields),
      page_view_xml("IndexedPageItemView", query.max_entries, query.offset),
      query.restriction ? restriction_xml(*query.restriction) : "", folder_id_xml(query.folder));
  ItemPage page;
  TRY(call_one(session, "FindItem", xml, [&](const Element& m) { return read_page(m, query, page); }));
  return page;
}

}  // namespace mk::ews
