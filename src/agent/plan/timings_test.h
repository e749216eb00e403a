#pragma once
#include "agent/plan/timing.h"
#include "base/time.h"

namespace mk::agent {

inline Moment utc(const char* text) {
  return std::chrono::floor<std::chrono::seconds>(to_time_point(*parse_utc(text)));
}
inline std::string text(Moment t) { return format_utc(to_file_time(t)); }

inline Timing daily(std::chrono::minutes at) { return {.kind = Timing::Kind::kDaily, .at = at}; }
inline Timing weekly(Weekdays days, std::chrono::minutes at) {
  return {.kind = Timing::Kind::kWeekly, .at = at, .weekdays = days};
}
inline Timing monthly(unsigned day, std::chrono::minutes at) {
  return {.kind = Timing::Kind::kMonthly, .at = at, .day = day};
}
inline Timing once(std::chrono::year_month_day date, std::chrono::minutes at) {
  return {.kind = Timing::Kind::kOnce, .at = at, .date = date};
}
inline Timing every(std::chrono::minutes interval, Weekdays days = kAllDays) {
  return {.kind = Timing::Kind::kEvery, .weekdays = days, .every = interval};
}

}  // namespace mk::agent
