#pragma once
#include <optional>
#include <string>

#include "ews/ids.h"

namespace mk::ews {

/// What answers say of a folder; what they do not say is empty.
struct FolderInfo {
  model::FolderId id, parent;
  model::ChangeKey change_key;
  std::string name, folder_class;
  bool is_search_folder = false;
  std::optional<std::uint64_t> total, unread, children;
  std::optional<std::uint64_t> associated, size_bytes;  // by extended properties
  std::optional<bool> may_read;                         // EffectiveRights
};

/// Everything that FolderInfo can hold.
Fields folder_fields();
/// Only what a count needs.
Fields folder_count_fields();

/// True for `Folder`, `CalendarFolder`, `SearchFolder` ...
bool is_folder_element(const Element& e);
FolderInfo read_folder(const Element& folder);

}  // namespace mk::ews
