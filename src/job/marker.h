#pragma once
#include "job/item_line.h"
#include "model/property.h"

namespace mk::job {

/// PS_PUBLIC_STRINGS / "mailkeep-source": the one property that a restore adds to an item.
const model::PropertyName& marker_name();
/// Its value: who the item is (mailbox, folder id, item id) and what is in it (content hash).
std::string marker_value(const std::string& mailbox, const model::FolderId& folder, const ItemLine& line);
/// As the property to add.
model::Property marker_property(const std::string& value);

}  // namespace mk::job
