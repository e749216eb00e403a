#include "agent/plan/timing.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::agent {
namespace {

using namespace std::chrono;

Error invalid(std::string what) { return {Code::kInvalid, std::move(what)}; }

std::string hours_and_minutes(minutes t) { return fmt::format("{}:{:02}", t.count() / 60, t.count() % 60); }

Status check_weekdays(const Timing& t) {
  if (t.weekdays == 0) return invalid("weekdays: none is chosen; choose at least one");
  if (t.weekdays > kAllDays) return invalid("weekdays: there are seven, Monday to Sunday");
  return ok;
}

Status check_every(const Timing& t) {
  if (t.every < minutes(1) || t.every > days(31))
    return invalid(fmt::format("every: {} minutes; choose 1 minute to 31 days", t.every.count()));
  TRY(check_weekdays(t));
  if (t.weekdays != kAllDays && t.every > hours(24))
    return invalid(
        fmt::format("every: an interval of {} hours may never meet the weekdays that are chosen; choose 24 "
                    "hours or less, all weekdays, or a weekly time",
                    hours_and_minutes(t.every)));
  return ok;
}

Status check_date(const Timing& t) {
  if (t.date.ok() && t.date.year() >= year(2000) && t.date.year() < year(2200)) return ok;
  return invalid(fmt::format("date: {}-{:02}-{:02} is not a day of the years 2000 to 2199",
                             int(t.date.year()), unsigned(t.date.month()), unsigned(t.date.day())));
}

Status check_fields(const Timing& t) {
  if (is_interval(t)) return check_every(t);
  if (t.at < minutes(0) || t.at >= hours(24))
    return invalid(fmt::format("at: {} minutes after midnight; choose 00:00 to 23:59", t.at.count()));
  switch (t.kind) {
    case Timing::Kind::kMonthly:
      if (t.day >= 1 && t.day <= 31) return ok;
      return invalid(fmt::format("day: {}; choose 1 to 31 (a shorter month: its last day)", t.day));
    case Timing::Kind::kWeekly:
      return check_weekdays(t);
    case Timing::Kind::kOnce:
      return check_date(t);
    default:
      return ok;
  }
}

/// The first day, from `day` on, on which a timing of the calendar is due; none after a single date.
std::optional<local_days> next_day(const Timing& t, local_days day) {
  if (t.kind == Timing::Kind::kWeekly)
    while (!takes_day(t.weekdays, day)) day += days(1);
  if (t.kind == Timing::Kind::kMonthly) {
    const auto in = [&](year_month m) {
      return local_days(m / std::min(std::chrono::day(t.day), (m / last).day()));
    };
    const year_month_day ymd(day);
    const year_month month = ymd.year() / ymd.month();
    return in(month) >= day ? in(month) : in(month + months(1));
  }
  if (t.kind == Timing::Kind::kOnce) {
    if (local_days(t.date) < day) return std::nullopt;
    return local_days(t.date);
  }
  return day;
}

Moment next_interval(const Timing& t, const Zone& zone, Moment anchor, Moment after) {
  // the first of the interval's times that is later than `x`
  const auto later = [&](Moment x) { return anchor + t.every * ((x - anchor) / t.every + 1); };
  for (Moment at = later(std::max(anchor, after));;) {
    const local_days day = zone.day_of(at);
    if (takes_day(t.weekdays, day)) return at;
    at = later(std::max(at, zone.first_moment(day + days(1), minutes(0)) - seconds(1)));
  }
}

}  // namespace

Status validate(const Timing& timing, job::Kind kind) {
  const bool full = kind == job::Kind::kFull;
  Status checked = check_fields(timing);
  if (checked && !full && (timing.kind == Timing::Kind::kMonthly || timing.kind == Timing::Kind::kOnce))
    checked = invalid("kind: not for incrementals; choose weekly, daily or every few hours");
  if (!checked) return std::move(checked).error().in(full ? "full" : "incremental");
  return ok;
}

bool takes_day(Weekdays weekdays, local_days day) {
  return (weekdays >> (weekday(day).iso_encoding() - 1) & 1) != 0;
}

std::optional<Moment> next_time(const Timing& timing, const Zone& zone, Moment anchor, Moment after) {
  if (is_interval(timing)) return next_interval(timing, zone, anchor, after);
  for (local_days day = zone.day_of(after);; day += days(1)) {
    const auto due = next_day(timing, day);
    if (!due) return std::nullopt;
    if (const Moment at = zone.first_moment(*due, timing.at); at > after) return at;
    day = *due;
  }
}

}  // namespace mk::agent
