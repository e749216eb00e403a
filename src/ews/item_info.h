#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ews/ids.h"

namespace mk::ews {

/// What answers say of an item; what they do not say is empty.
struct ItemInfo {
  model::ItemHead head;
  std::string subject, sender;
  FileTime received;
  std::vector<std::optional<std::string>> extended;  // in the order of Fields::extended
};

/// The fields that fill an ItemHead. Each costs the server a look into the item: no more than these.
Fields head_fields();
/// Those that fill subject, sender and received.
Fields label_fields();

/// Reads `Message`, `CalendarItem`, `Item` ...
ItemInfo read_item(const Element& item, const std::vector<ExtendedField>& extended = {});

}  // namespace mk::ews
