#pragma once
#include <cstdlib>
#include <ctime>
#include <vector>

#include "agent/plan/timing.h"

namespace mk::agent {

/// The clock on the wall of a zone as the C library tells it, read minute by minute: slow, simple, and
/// without the library that the product uses.
class WallClock {
 public:
  using Minute = std::int64_t;  // since 1970, of UTC or of the wall

  WallClock(const char* zone, Moment from, std::chrono::days length) : from_(minute(from)) {
    ::setenv("TZ", zone, 1);
    ::tzset();
    const Minute n = length / std::chrono::minutes(1);
    for (Minute i = 0; i <= n; ++i) {
      const std::time_t t = (from_ + i) * 60;
      std::tm tm{};
      ::localtime_r(&t, &tm);
      wall_.push_back(from_ + i + tm.tm_gmtoff / 60);
    }
    ::unsetenv("TZ");
    ::tzset();
  }

  static Minute minute(Moment t) { return t.time_since_epoch() / std::chrono::minutes(1); }
  static Moment moment(Minute m) { return Moment(std::chrono::minutes(m)); }
  Minute first() const { return from_; }
  Minute last() const { return from_ + static_cast<Minute>(wall_.size()) - 1; }

  /// When a timing is due, later than the first minute. For each minute the clock on the wall is asked what
  /// it shows that it has not shown before.
  std::vector<Moment> times(const Timing& t, Moment anchor) const {
    std::vector<Moment> due;
    Minute shown = wall_.front();
    for (Minute m = first() + 1; m <= last(); ++m) {
      const Minute now = wall(m);
      bool is_due = is_interval(t) && counts(t, m - minute(anchor)) && takes(t, now);
      for (Minute w = shown + 1; w <= now && !is_interval(t); ++w) is_due = is_due || shows(t, w);
      shown = std::max(shown, now);
      if (is_due) due.push_back(moment(m));
    }
    return due;
  }

  bool takes_minute(const Timing& t, Minute m) const { return takes(t, wall(m)); }
  static bool counts(const Timing& t, Minute since_anchor) {
    return since_anchor > 0 && since_anchor % t.every.count() == 0;
  }

 private:
  static constexpr Minute kDay = 24 * 60;

  Minute wall(Minute m) const { return wall_[static_cast<std::size_t>(m - from_)]; }
  static bool takes(const Timing& t, Minute wall) {
    const auto since_monday = (wall / kDay + 3) % 7;  // 1970 began on a Thursday
    return (t.weekdays & (1 << since_monday)) != 0;
  }
  static bool shows(const Timing& t, Minute wall) {
    if (wall % kDay != t.at.count()) return false;
    const std::time_t seconds = wall * 60;
    std::tm day{}, tomorrow{};
    ::gmtime_r(&seconds, &day);
    const std::time_t later = seconds + 24 * 60 * 60;
    ::gmtime_r(&later, &tomorrow);
    const auto day_of_month = static_cast<unsigned>(day.tm_mday);
    switch (t.kind) {
      case Timing::Kind::kMonthly:
        return day_of_month == t.day || (day_of_month < t.day && tomorrow.tm_mday == 1);
      case Timing::Kind::kWeekly:
        return takes(t, wall);
      case Timing::Kind::kOnce:
        return day.tm_year + 1900 == int(t.date.year()) &&
               unsigned(day.tm_mon) + 1 == unsigned(t.date.month()) && day_of_month == unsigned(t.date.day());
      default:
        return true;
    }
  }

  Minute from_;
  std::vector<Minute> wall_;
};

}  // namespace mk::agent
