#include "base/time.h"

#include <fmt/format.h>

#include <cmath>
#include <thread>

namespace mk {
namespace {

using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
constexpr std::int64_t kUnixEpoch = 116'444'736'000'000'000;  // 1970-01-01 as FILETIME

class SystemClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::now(); }
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
  void sleep_for(std::chrono::milliseconds d) override { std::this_thread::sleep_for(d); }
};

Error bad_time(std::string_view text) {
  return {Code::kInvalid,
          fmt::format("\"{}\" is not a time; write it as 2026-11-22T20:00:00Z or 2026-11-22", text)};
}

/// Takes up to `n` digits from the front of `s`; -1 when there is none.
int take_digits(std::string_view& s, std::size_t n) {
  int v = 0;
  std::size_t i = 0;
  for (; i < n && i < s.size() && s[i] >= '0' && s[i] <= '9'; ++i) v = v * 10 + (s[i] - '0');
  s.remove_prefix(i);
  return i == n ? v : -1;
}

bool take(std::string_view& s, char c) {
  if (s.empty() || s.front() != c) return false;
  s.remove_prefix(1);
  return true;
}

/// The ticks of `.1234567`, up to seven digits; further digits are dropped. -1 when malformed.
std::int64_t take_fraction(std::string_view& s) {
  if (!take(s, '.')) return 0;
  std::int64_t v = 0, scale = 10'000'000;
  if (s.empty() || s.front() < '0' || s.front() > '9') return -1;
  for (; !s.empty() && s.front() >= '0' && s.front() <= '9'; s.remove_prefix(1))
    if (scale > 1) v += (s.front() - '0') * (scale /= 10);
  return v;
}

/// Minutes east of UTC of `Z`, `+01:00`, `-0730` or nothing; a large number when malformed.
int take_zone(std::string_view& s) {
  if (s.empty() || take(s, 'Z')) return 0;
  const int sign = take(s, '+') ? 1 : take(s, '-') ? -1 : 0;
  const int h = take_digits(s, 2);
  take(s, ':');
  const int m = take_digits(s, 2);
  return sign == 0 || h < 0 || h > 23 || m < 0 || m > 59 ? 1 << 20 : sign * (h * 60 + m);
}

}  // namespace

FileTime to_file_time(std::chrono::system_clock::time_point t) {
  const auto ticks = std::chrono::duration_cast<Ticks>(t.time_since_epoch()).count() + kUnixEpoch;
  return {ticks < 0 ? 0 : static_cast<std::uint64_t>(ticks)};
}

std::chrono::system_clock::time_point to_time_point(FileTime t) {
  // system_clock counts nanoseconds in 64 bits: it ends in 2262
  const std::int64_t limit = std::chrono::duration_cast<Ticks>(std::chrono::nanoseconds::max()).count();
  const std::int64_t ticks = t.ticks > static_cast<std::uint64_t>(limit + kUnixEpoch)
                                 ? limit
                                 : static_cast<std::int64_t>(t.ticks) - kUnixEpoch;
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(Ticks(std::max(ticks, -limit))));
}

std::string format_utc(FileTime t) {
  const auto seconds = static_cast<std::int64_t>(t.ticks / 10'000'000);
  // chrono's years end in 32767, FILETIME's in 60056: reckon within one cycle of the calendar
  constexpr std::int64_t kCycleDays = 146'097, kCycleYears = 400;
  const auto days = seconds / 86400;
  const auto year = days / kCycleDays * kCycleYears;
  const std::chrono::year_month_day ymd(std::chrono::sys_days(std::chrono::year(1601) / 1 / 1) +
                                        std::chrono::days(days % kCycleDays));
  const auto s = seconds % 86400;
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", year + int(ymd.year()),
                                unsigned(ymd.month()), unsigned(ymd.day()), s / 3600, s / 60 % 60, s % 60);
  if (const auto fraction = t.ticks % 10'000'000; fraction != 0) {
    out += fmt::format(".{:07}", fraction);
    out.erase(out.find_last_not_of('0') + 1);
  }
  return out + "Z";
}

Result<FileTime> parse_utc(std::string_view text) {
  std::string_view s = text;
  const int y = take_digits(s, 4);
  const bool d1 = take(s, '-');
  const int m = take_digits(s, 2);
  const bool d2 = take(s, '-');
  const int d = take_digits(s, 2);
  int hh = 0, mm = 0, ss = 0, zone = 0;
  std::int64_t fraction = 0;
  if (!s.empty()) {
    if (!take(s, 'T') && !take(s, ' ')) return bad_time(text);
    hh = take_digits(s, 2);
    if (!take(s, ':')) return bad_time(text);
    mm = take_digits(s, 2);
    if (take(s, ':')) ss = take_digits(s, 2);
    fraction = take_fraction(s);
    zone = take_zone(s);
  }
  const std::chrono::year_month_day ymd(std::chrono::year(y), std::chrono::month(static_cast<unsigned>(m)),
                                        std::chrono::day(static_cast<unsigned>(d)));
  const bool in_range = y >= 1601 && d1 && d2 && m > 0 && d > 0 && ymd.ok() && hh >= 0 && hh < 24 &&
                        mm >= 0 && mm < 60 && ss >= 0 && ss < 61 && fraction >= 0 && std::abs(zone) < 1440 &&
                        s.empty();
  if (!in_range) return bad_time(text);
  const auto days =
      (std::chrono::sys_days(ymd) - std::chrono::sys_days(std::chrono::year(1601) / 1 / 1)).count();
  const std::int64_t seconds = days * 86400LL + hh * 3600LL + mm * 60LL + ss - zone * 60LL;
  if (seconds < 0) return bad_time(text);
  return FileTime{static_cast<std::uint64_t>(seconds * 10'000'000 + fraction)};
}

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace mk
