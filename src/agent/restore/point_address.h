#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace mk::agent {

/// The newest restore point of a schedule at or before a time: `SCHEDULE@2026-11-22T20:00:00Z`,
/// `SCHEDULE@latest`. The last @ parts them, so that names may have some of their own.
struct PointAddress {
  std::string schedule;
  FileTime at;  // 0 ticks: the newest of all
  bool operator==(const PointAddress&) const = default;
};

/// Errors: kInvalid  no @, no name before it, no time behind it
Result<PointAddress> parse_point(std::string_view text);
std::string format_point(const PointAddress& address);

}  // namespace mk::agent
