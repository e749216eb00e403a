#pragma once
#include <chrono>
#include <string>

#include "base/result.h"

namespace mk::agent {

/// All planning is in whole seconds of UTC.
using Moment = std::chrono::sys_seconds;

/// A time zone by its name in the tz database. Its rules are those that the machine had when the program
/// first asked for one; changes of the clock are known to the end of 2037, later the last known offset stays.
/// Threads: any.
class Zone {
 public:
  /// Errors: kInvalid  no such zone on this machine; names it and says how zones are written
  static Result<Zone> find(const std::string& name);

  std::chrono::local_days day_of(Moment t) const;
  /// The first moment at which the clock on the wall shows that time of that day, or a later one.
  Moment first_moment(std::chrono::local_days day, std::chrono::minutes at) const;

  bool operator==(const Zone&) const = default;

 private:
  explicit Zone(const void* rules) : rules_(rules) {}
  const void* rules_;  // the library's; stays until the program ends
};

}  // namespace mk::agent
