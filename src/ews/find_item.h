#pragma once
#include "ews/item_info.h"
#include "ews/session.h"

namespace mk::ews {

/// Exists, or IsEqualTo when a value is given (base64 for Binary fields).
struct Restriction {
  ExtendedField field;
  std::optional<std::string> equals;
};

struct FindItemQuery {
  FolderRef folder;
  bool associated = false;
  Fields fields;
  std::optional<Restriction> restriction;
  std::uint32_t offset = 0;
  std::uint32_t max_entries = 500;
};

struct ItemPage {
  std::vector<ItemInfo> items;
  std::uint64_t total = 0;  // in the folder, of those the restriction lets through
  std::uint32_t next_offset = 0;
  bool last = true;
};

/// FindItem: one page.  [MS-OXWSSRCH] 3.1.4.2
Result<ItemPage> find_item(Session& session, const FindItemQuery& query);

}  // namespace mk::ews
