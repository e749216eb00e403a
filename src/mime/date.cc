#include "mime/date.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "mime/gmime_ptr.h"

namespace mk::mime {
namespace {

constexpr std::uint64_t kTicksPerSecond = 10'000'000;
constexpr std::int64_t kUnixEpoch = 11'644'473'600;                              // seconds from 1601 to 1970
constexpr std::int64_t kYear1900 = 9'435'484'800, kYear10000 = 265'046'774'400;  // seconds since 1601

}  // namespace

std::string format_date(FileTime t) {
  using namespace std::chrono;
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto since_1601 = static_cast<std::int64_t>(t.ticks / kTicksPerSecond);
  if (since_1601 < kYear1900 || since_1601 >= kYear10000) return {};
  const sys_seconds at{seconds(since_1601 - kUnixEpoch)};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  return fmt::format("{}, {} {} {:04} {:02}:{:02}:{:02} +0000", kDays[weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::optional<FileTime> parse_date(std::string_view header_value) {
  if (header_value.empty() || header_value.size() > 200) return {};
  const std::string text(header_value);
  GDateTime* parsed = g_mime_utils_header_decode_date(text.c_str());
  if (parsed == nullptr) return {};
  const std::int64_t since_1601 = g_date_time_to_unix(parsed) + kUnixEpoch;
  g_date_time_unref(parsed);
  if (since_1601 <= 0 || since_1601 >= kYear10000) return {};
  return FileTime{static_cast<std::uint64_t>(since_1601) * kTicksPerSecond};
}

}  // namespace mk::mime
