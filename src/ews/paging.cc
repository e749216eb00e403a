#include "ews/paging.h"

#include <fmt/format.h>

#include <limits>

namespace mk::ews {

std::string page_view_xml(const char* kind, std::uint32_t max_entries, std::uint32_t offset) {
  return fmt::format(R"(<m:{} MaxEntriesReturned="{}" Offset="{}" BasePoint="Beginning"/>)", kind,
                     max_entries, offset);
}

Result<PageEnd> read_page_end(const Element& root_folder, std::uint32_t offset, std::size_t n_given) {
  PageEnd end;
  end.last = to_bool(root_folder.attribute("IncludesLastItemInRange"));
  if (end.last) return end;
  const std::uint64_t next =
      to_unsigned(root_folder.attribute("IndexedPagingOffset")).value_or(offset + n_given);
  if (next <= offset || next > std::numeric_limits<std::uint32_t>::max())
    return Error{
        Code::kCorrupt,
        fmt::format("a listing does not go on after entry {} although the server says that there is more",
                    offset)};
  end.next_offset = static_cast<std::uint32_t>(next);
  return end;
}

}  // namespace mk::ews
