#pragma once
#include <cstdint>
#include <string>

#include "ews/element.h"

namespace mk::ews {

/// `m:IndexedPageItemView` or `m:IndexedPageFolderView` (`kind`).
std::string page_view_xml(const char* kind, std::uint32_t max_entries, std::uint32_t offset);

/// Where a listing goes on, by the attributes of its RootFolder.
struct PageEnd {
  std::uint32_t next_offset = 0;
  bool last = true;
};
/// Errors: kCorrupt  the server says that there is more, but gives nothing and no place to go on: a loop
/// without end
Result<PageEnd> read_page_end(const Element& root_folder, std::uint32_t offset, std::size_t n_given);

}  // namespace mk::ews
