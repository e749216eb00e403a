#include "ews/get_item.h"

#include "ews/each_message.h"
#include "ews/request.h"

namespace mk::ews {

Result<std::vector<Result<ItemInfo>>> get_item(Session& session, const std::vector<model::ItemId>& items,
                                               const Fields& fields) {
  const std::string xml = "<m:GetItem>" + shape_xml("ItemShape", fields) + "<m:ItemIds>" +
                          item_ids_xml(items) + "</m:ItemIds></m:GetItem>";
  std::vector<Result<ItemInfo>> found;
  TRY(call_each(session, "GetItem", xml, items.size(), [&](const Element& m) -> Status {
    const Element* list = m.child("Items");
    if (auto status = status_of(m); !status) {
      found.emplace_back(std::move(status).error());
    } else if (list == nullptr || list->children.size() != 1) {
      found.emplace_back(Error{Code::kCorrupt, "GetItem: the answer has no item in it"});
    } else {
      found.emplace_back(read_item(list->children[0], fields.extended));
    }
    return ok;
  }));
  return found;
}

}  // namespace mk::ews
