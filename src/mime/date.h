#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace mk::mime {

/// `Sun, 22 Nov 2026 20:00:00 +0000`; empty for times that RFC 5322 has no form for (before 1900, after
/// 9999).
std::string format_date(FileTime t);
/// Takes what mail has for dates, old zone names included; whole seconds.
std::optional<FileTime> parse_date(std::string_view header_value);

}  // namespace mk::mime
