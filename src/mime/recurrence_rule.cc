// What a series means: the days it names, and the rule of RFC 5545 that names the same.
#include <fmt/format.h>

#include <array>
#include <bit>

#include "mime/recurrence.h"

namespace mk::mime {
namespace {

using namespace std::chrono;
using Pattern = Recurrence::Pattern;

year_month_day date_of(local_days day) { return year_month_day(day); }
unsigned last_of(year_month_day d) { return unsigned((d.year() / d.month() / last).day()); }

/// The first day of the week that `day` is in.
local_days week_of(local_days day, unsigned first_day_of_week) {
  return day - (weekday(day) - weekday(first_day_of_week));
}

bool is_due(local_days first, local_days day, std::uint32_t period) {
  const auto a = date_of(first), b = date_of(day);
  const int months_between =
      (int(b.year()) - int(a.year())) * 12 + int(unsigned(b.month())) - int(unsigned(a.month()));
  return months_between % static_cast<int>(period) == 0;
}

bool is_among(std::uint32_t week_days, local_days day) {
  return (week_days >> weekday(day).c_encoding() & 1) != 0;
}

/// True for the nth of the days of its month that are in `week_days`; 5 is the last.
bool is_nth(const Recurrence& r, local_days day) {
  if (!is_among(r.week_days, day)) return false;
  const auto date = date_of(day);
  const unsigned d = unsigned(date.day());
  unsigned before = 0, after = 0;
  for (unsigned i = 1; i < d; ++i) before += is_among(r.week_days, day - days(i));
  for (unsigned i = 1; d + i <= last_of(date); ++i) after += is_among(r.week_days, day + days(i));
  return r.nth == 5 ? after == 0 : before + 1 == r.nth;
}

constexpr std::array<std::string_view, 7> kDays = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

std::string by_day(std::uint32_t week_days) {
  std::string out;
  for (unsigned i = 0; i < 7; ++i)
    if ((week_days >> i & 1) != 0) out += fmt::format("{}{}", out.empty() ? ";BYDAY=" : ",", kDays[i]);
  return out;
}

/// Days that not every month has are taken back to its last one: the last of those that it has.
std::string by_month_day(const Recurrence& r, std::optional<month> only) {
  if (r.pattern == Pattern::kMonthEnd || r.day == 31) return ";BYMONTHDAY=-1";
  const unsigned shortest = only ? unsigned((year(2001) / *only / last).day()) : 28;
  if (r.day <= shortest) return fmt::format(";BYMONTHDAY={}", r.day);
  if (only) return ";BYMONTHDAY=-1";
  return r.day == 29 ? ";BYMONTHDAY=28,29;BYSETPOS=-1" : ";BYMONTHDAY=28,29,30;BYSETPOS=-1";
}

std::string monthly_rule(const Recurrence& r) {
  const bool yearly = r.frequency == Recurrence::Frequency::kYearly && r.period % 12 == 0;
  const month start = date_of(first_day(r)).month();
  const std::uint32_t interval = yearly ? r.period / 12 : r.period;
  std::string out = yearly ? "FREQ=YEARLY" : "FREQ=MONTHLY";
  if (interval != 1) out += fmt::format(";INTERVAL={}", interval);
  if (r.pattern != Pattern::kMonthNth)
    out += by_month_day(r, yearly ? std::optional(start) : std::nullopt);
  else
    out += fmt::format("{};BYSETPOS={}", by_day(r.week_days), r.nth == 5 ? -1 : static_cast<int>(r.nth));
  if (yearly) out += fmt::format(";BYMONTH={}", unsigned(start));
  return out;
}

std::string weekly_rule(const Recurrence& r) {
  std::string out = "FREQ=WEEKLY";
  if (r.period != 1) out += fmt::format(";INTERVAL={}", r.period);
  return out + by_day(r.week_days) + fmt::format(";WKST={}", kDays[r.first_day_of_week]);
}

}  // namespace

bool is_gregorian(const Recurrence& r) {
  if (r.pattern == Pattern::kDay || r.pattern == Pattern::kWeek) return true;
  if (r.pattern >= Pattern::kHijriMonth) return false;
  return r.calendar_type <= 12 && r.calendar_type != 6 &&
         r.calendar_type != 8;  // 6 Hijri, 8 Hebrew, above: lunar
}

bool occurs_on(const Recurrence& r, local_days day) {
  const local_days start = floor<days>(r.start_date);
  switch (r.pattern) {
    case Pattern::kDay:
      return (day - start).count() % r.period == 0;
    case Pattern::kWeek: {
      const auto apart = week_of(day, r.first_day_of_week) - week_of(start, r.first_day_of_week);
      return is_among(r.week_days, day) && apart.count() / 7 % r.period == 0;
    }
    case Pattern::kMonthNth:
      return is_due(start, day, r.period) && is_nth(r, day);
    default: {
      const auto date = date_of(day);
      const unsigned wanted = r.pattern == Pattern::kMonthEnd ? 31 : r.day;
      return is_due(start, day, r.period) && unsigned(date.day()) == std::min(wanted, last_of(date));
    }
  }
}

local_days first_day(const Recurrence& r) {
  const local_days start = floor<days>(r.start_date);
  for (local_days day = start; day < start + days(3660); day += days(1))
    if (occurs_on(r, day)) return day;
  return start;
}

std::string recurrence_rule(const Recurrence& r) {
  std::string out;
  if (r.pattern == Pattern::kDay)
    out = r.period == 1 ? "FREQ=DAILY" : fmt::format("FREQ=DAILY;INTERVAL={}", r.period);
  else
    out = r.pattern == Pattern::kWeek ? weekly_rule(r) : monthly_rule(r);
  if (r.end_type == Recurrence::End::kAfterCount && r.count > 0) out += fmt::format(";COUNT={}", r.count);
  return out;
}

}  // namespace mk::mime
