#pragma once
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace mk {

/// FILETIME: 100 ns since 1601-01-01 UTC.  [MS-DTYP] 2.3.3
struct FileTime {
  std::uint64_t ticks = 0;
  auto operator<=>(const FileTime&) const = default;
};

FileTime to_file_time(std::chrono::system_clock::time_point t);
std::chrono::system_clock::time_point to_time_point(FileTime t);

/// `2026-11-22T20:00:00Z`, fractions only where there are any. Times before 1970 and beyond 9999 stay
/// readable.
std::string format_utc(FileTime t);
/// Takes `2026-11-22`, `2026-11-22T20:00`, with seconds, fractions, `Z` or `+01:00`; without a zone it is
/// UTC. Errors: kInvalid  names the text and the forms taken
Result<FileTime> parse_utc(std::string_view text);

/// The only way to ask what time it is, so that tests can decide it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::system_clock::time_point now() const = 0;
  virtual std::chrono::steady_clock::time_point steady() const = 0;
  virtual void sleep_for(std::chrono::milliseconds d) = 0;
};
Clock& system_clock();

}  // namespace mk
