#pragma once
#include <chrono>
#include <cstdint>

namespace mk::agent {

/// Days of the week; bit 0 is Monday.
using Weekdays = std::uint8_t;
inline constexpr Weekdays kAllDays = 0x7F;

/// When runs of one kind are due, by the clock on the wall of the schedule's time zone.
struct Timing {
  enum class Kind { kMonthly, kWeekly, kDaily, kEvery, kOnce };
  Kind kind = Kind::kDaily;
  std::chrono::minutes at{0};          // after midnight; not of kEvery
  unsigned day = 1;                    // kMonthly, 1 to 31; a shorter month: its last day
  Weekdays weekdays = kAllDays;        // kWeekly, kEvery; at least one
  std::chrono::minutes every{60};      // kEvery, 1 minute to 31 days
  bool only_if_missed = false;         // kEvery: a start of the service counts only if a run was missed
  std::chrono::year_month_day date{};  // kOnce
  bool operator==(const Timing&) const = default;
};

}  // namespace mk::agent
