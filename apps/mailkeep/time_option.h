#pragma once
#include <string>

#include "base/time.h"

namespace mk::app {

/// A check for options that take a time; empty when `text` is one. It refuses an empty text as well: the time
/// in an unset variable of a script must not come to mean "the newest".
inline std::string is_time(const std::string& text) {
  const auto time = parse_utc(text);
  return time ? std::string() : time.error().what;
}

}  // namespace mk::app
