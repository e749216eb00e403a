#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

#include "agent/plan/zone.h"
#include "job/manifest.h"

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
  std::chrono::minutes every{60};      // kEvery, 1 minute to 31 days; not all weekdays: to 24 hours
  bool only_if_missed = false;         // kEvery: a start of the service counts only if a run was missed
  std::chrono::year_month_day date{};  // kOnce, of the years 2000 to 2199
  bool operator==(const Timing&) const = default;
};

/// Errors: kInvalid  names the field, what is wrong with it and what it may be
Status validate(const Timing& timing, job::Kind kind);

/// An interval counts from its anchor; all other timings go by the calendar.
inline bool is_interval(const Timing& timing) { return timing.kind == Timing::Kind::kEvery; }
bool takes_day(Weekdays weekdays, std::chrono::local_days day);

/// The first time later than `after` at which a valid timing is due. Years are not walked through: a few days
/// or months at most are looked at.
///
/// By the calendar: the first moment at which the clock on the wall shows the time or a later one. So a time
/// that a clock put forward leaves out is due when the clock has been put forward, and one that it shows
/// twice is due the first time. An interval: `anchor` plus once, twice, three times ... `every` of elapsed
/// time, without those on weekdays that it does not take. None: a single date that has passed.
std::optional<Moment> next_time(const Timing& timing, const Zone& zone, Moment anchor, Moment after);

}  // namespace mk::agent
