#pragma once
#include "job/item_line.h"
#include "model/property.h"

namespace mk::job {

/// PS_PUBLIC_STRINGS / "mailkeep-source": the one property that a restore adds to an item.
const model::PropertyName& marker_name();
/// Its value: who the item is (mailbox, folder id, item id) and what is in it (content hash).
std::string marker_value(const std::string& mailbox, const model::FolderId& folder, const ItemLine& line);
/// That of another one of the item, which a restore (a run of kCopy) creates beside it.
std::string copy_marker(const std::string& marker, const std::string& run);
/// The marker of the item that a copy is of; of another marker itself.
std::string_view marker_of_original(std::string_view marker);
/// As the property to add.
model::Property marker_property(const std::string& value);

}  // namespace mk::job
