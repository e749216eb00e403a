#pragma once
#include <optional>
#include <string>

#include "model/property.h"

namespace mk::mime {

/// Property sets that only calendars, tasks and journals use.  [MS-OXPROPS] 1.3.2
inline constexpr Guid kMeetingSet{
    0x6ED8DA90, 0x450B, 0x101B, {0x98, 0xDA, 0x00, 0xAA, 0x00, 0x3F, 0x13, 0x05}};
inline constexpr Guid kLogSet{0x0006200A, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

// Named properties by type: nothing when absent or of another type.
std::optional<std::string> named_text(const model::PropertyList& list, const Guid& set, std::uint32_t lid);
/// 4501-01-01, Outlook's word for "no date", is no time.  [MS-OXOTASK] 2.2.2.2.4
std::optional<FileTime> named_time(const model::PropertyList& list, const Guid& set, std::uint32_t lid);
std::optional<std::int64_t> named_integer(const model::PropertyList& list, const Guid& set,
                                          std::uint32_t lid);
std::optional<double> named_number(const model::PropertyList& list, const Guid& set, std::uint32_t lid);
/// At most 1 MiB.
std::optional<ByteString> named_binary(const model::PropertyList& list, const Guid& set, std::uint32_t lid);

}  // namespace mk::mime
