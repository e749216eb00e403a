#include "agent/plan/zone.h"

#include <date/tz.h>
#include <fmt/format.h>

#include "base/text.h"

namespace mk::agent {
namespace {

const date::time_zone& library(const void* rules) { return *static_cast<const date::time_zone*>(rules); }

}  // namespace

Result<Zone> Zone::find(const std::string& name) {
  try {
    const date::time_zone* zone = date::locate_zone(name);
    zone->get_info(Moment{});  // its rules are read now, so that no later call can fail
    return Zone(zone);
  } catch (const std::exception&) {
    return Error{Code::kInvalid,
                 fmt::format("time_zone: \"{}\" is not in this machine's tz database (package tzdata); write "
                             "it as there, for example Europe/Berlin or UTC",
                             printable(name))};
  }
}

std::chrono::local_days Zone::day_of(Moment t) const {
  const std::chrono::local_seconds wall((t + library(rules_).get_info(t).offset).time_since_epoch());
  return std::chrono::floor<std::chrono::days>(wall);
}

Moment Zone::first_moment(std::chrono::local_days day, std::chrono::minutes at) const {
  const date::local_seconds wall(day.time_since_epoch() + at);
  return library(rules_).to_sys(wall, date::choose::earliest);
}

}  // namespace mk::agent
