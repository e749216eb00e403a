#pragma once
#include "ews/item_info.h"
#include "ews/session.h"

namespace mk::ews {

/// GetItem with the ids and chosen fields of items: one result per item, in order.  [MS-OXWSCORE] 3.1.4.4
Result<std::vector<Result<ItemInfo>>> get_item(Session& session, const std::vector<model::ItemId>& items,
                                               const Fields& fields);

}  // namespace mk::ews
