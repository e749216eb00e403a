#pragma once
#include <string>

#include "agent/schedule.h"

namespace mk::agent {

/// How the copies of a schedule are protected, as it is said wherever a schedule is shown.
struct Protection {
  bool not_encrypted = false;  // some or all of them can be read by whoever reads the destination
  std::string text;
};
Protection protection_of(const Schedule& schedule);

}  // namespace mk::agent
