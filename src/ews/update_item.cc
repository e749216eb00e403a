#include "ews/update_item.h"

#include <fmt/format.h>

#include "ews/each_message.h"
#include "ews/request.h"

namespace mk::ews {

Result<std::uint64_t> update_item_read(Session& session, const std::vector<model::ItemId>& items, bool read) {
  if (session.version < ServerVersion::kExchange2013Sp1)
    return Error{Code::kUnsupported, "this server cannot set the read state without sending receipts"};
  std::string changes;
  for (const auto& id : items)
    changes += fmt::format(
        "<t:ItemChange>{}<t:Updates><t:SetItemField>{}<t:Message><t:IsRead>{}</t:IsRead></t:Message>"
        "</t:SetItemField></t:Updates></t:ItemChange>",
        item_ids_xml({id}), field_xml("message:IsRead"), read);
  const std::string xml =
      "<m:UpdateItem MessageDisposition=\"SaveOnly\" ConflictResolution=\"AlwaysOverwrite\" "
      "SuppressReadReceipts=\"true\"><m:ItemChanges>" +
      changes + "</m:ItemChanges></m:UpdateItem>";
  std::uint64_t n = 0;
  TRY(call_each(session, "UpdateItem", xml, items.size(), [&](const Element& m) -> Status {
    n += status_of(m) ? 1 : 0;
    return ok;
  }));
  return n;
}

}  // namespace mk::ews
