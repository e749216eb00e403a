#include "mime/time_zone.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/wire.h"

namespace mk::mime {
namespace {

using namespace std::chrono;

struct SystemTime {
  static constexpr char kName[] = "SYSTEMTIME";
  std::uint16_t wYear{}, wMonth{}, wDayOfWeek{}, wDay{}, wHour{}, wMinute{}, wSecond{}, wMilliseconds{};
  static constexpr void fields(auto& io, auto& t) {
    io("wYear", t.wYear), io("wMonth", t.wMonth), io("wDayOfWeek", t.wDayOfWeek), io("wDay", t.wDay);
    io("wHour", t.wHour), io("wMinute", t.wMinute), io("wSecond", t.wSecond),
        io("wMilliseconds", t.wMilliseconds);
  }
};

/// [MS-OXOCAL] 2.2.1.39
struct TimeZoneStruct {
  static constexpr char kName[] = "PidLidTimeZoneStruct";
  std::int32_t lBias{}, lStandardBias{}, lDaylightBias{};
  std::uint16_t wStandardYear{}, wDaylightYear{};
  SystemTime stStandardDate, stDaylightDate;
  static constexpr void fields(auto& io, auto& t) {
    io("lBias", t.lBias), io("lStandardBias", t.lStandardBias), io("lDaylightBias", t.lDaylightBias);
    io("wStandardYear", t.wStandardYear), io("stStandardDate", t.stStandardDate);
    io("wDaylightYear", t.wDaylightYear), io("stDaylightDate", t.stDaylightDate);
  }
};
static_assert(wire_size<TimeZoneStruct>() == 48);

/// [MS-OXOCAL] 2.2.1.41.1
struct TzRule {
  static constexpr char kName[] = "TZRule";
  std::uint8_t MajorVersion{}, MinorVersion{};
  std::uint16_t Reserved{}, TZRuleFlags{}, wYear{};
  std::array<std::uint8_t, 14> X{};
  std::int32_t lBias{}, lStandardBias{}, lDaylightBias{};
  SystemTime stStandardDate, stDaylightDate;
  static constexpr void fields(auto& io, auto& t) {
    io("MajorVersion", t.MajorVersion), io("MinorVersion", t.MinorVersion), io("Reserved", t.Reserved);
    io("TZRuleFlags", t.TZRuleFlags), io("wYear", t.wYear), io("X", t.X);
    io("lBias", t.lBias), io("lStandardBias", t.lStandardBias), io("lDaylightBias", t.lDaylightBias);
    io("stStandardDate", t.stStandardDate), io("stDaylightDate", t.stDaylightDate);
  }
};
static_assert(wire_size<TzRule>() == 66);
constexpr std::uint16_t kEffective = 0x0002;

/// What RFC 5545 can say: no offset of a day or more, no day that there is not.
Status check(const char* name, std::int32_t bias, const TimeZone::Change& c) {
  if (bias <= -1440 || bias >= 1440)
    return Error{Code::kCorrupt, fmt::format("{}: bias of {} minutes", name, bias)};
  if (c.month > 12 || c.weekday > 6 || c.hour > 23 || c.minute > 59 || c.day > 31 ||
      (c.month != 0 && (c.day == 0 || (c.year == 0 && c.day > 5))))
    return Error{Code::kCorrupt, fmt::format("{}: SYSTEMTIME is no date", name)};
  return ok;
}

TimeZone::Change change_of(const SystemTime& t) {
  return {t.wMonth, t.wDay, t.wDayOfWeek, t.wHour, t.wMinute, t.wYear};
}

template <class T>
Result<TimeZone> zone_of(const T& t) {
  TimeZone zone;
  zone.bias = minutes(t.lBias);
  zone.standard_bias = minutes(t.lStandardBias);
  zone.daylight_bias = minutes(t.lDaylightBias);
  zone.standard = change_of(t.stStandardDate);
  zone.daylight = change_of(t.stDaylightDate);
  for (const std::int32_t bias : {t.lBias, t.lStandardBias, t.lDaylightBias}) TRY(check(T::kName, bias, {}));
  TRY(check(T::kName, 0, zone.standard));
  TRY(check(T::kName, 0, zone.daylight));
  return zone;
}

constexpr std::int64_t kTicksPerMinute = 600'000'000;

}  // namespace

std::optional<LocalTime> TimeZone::Change::in_year(int y) const {
  if (month == 0 || (year != 0 && year != y)) return {};
  const auto m = std::chrono::year(y) / std::chrono::month(month);
  local_days date;
  if (year != 0)
    date = local_days(m / static_cast<int>(day));
  else if (day >= 5)
    date = local_days(m / std::chrono::weekday(weekday)[last]);
  else
    date = local_days(m / std::chrono::weekday(weekday)[day]);
  return LocalTime(date) + hours(hour) + minutes(minute);
}

LocalTime TimeZone::to_local(FileTime utc) const {
  const LocalTime there = local_time(static_cast<std::uint32_t>(utc.ticks / kTicksPerMinute));
  const LocalTime in_standard = there - bias - standard_bias;
  const int y = int(year_month_day(floor<days>(in_standard)).year());
  const auto begins = daylight.in_year(y), ends = standard.in_year(y);
  if (!has_daylight() || !begins || !ends) return in_standard;
  const LocalTime in_daylight = there - bias - daylight_bias;
  const bool after_begin = in_standard >= *begins, before_end = in_daylight < *ends;
  const bool summer = *begins < *ends ? after_begin && before_end : after_begin || before_end;
  return summer ? in_daylight : in_standard;
}

FileTime TimeZone::to_utc(LocalTime local) const {
  const LocalTime epoch = local_time(0);
  const auto file_time = [&](minutes more) {
    const auto m = (local - epoch + bias + more).count();
    return FileTime{m <= 0 ? 0 : static_cast<std::uint64_t>(m * kTicksPerMinute)};
  };
  const FileTime in_daylight = file_time(daylight_bias), in_standard = file_time(standard_bias);
  return has_daylight() && to_local(in_daylight) == local ? in_daylight : in_standard;
}

Result<TimeZone> parse_time_zone_struct(Bytes blob) {
  TRY_ASSIGN(const auto t, decode<TimeZoneStruct>(blob));
  return zone_of(t);
}

Result<TimeZone> parse_time_zone_definition(Bytes blob) {
  Reader in(blob);
  std::uint8_t major = 0, minor = 0;
  std::uint16_t header_bytes = 0, reserved = 0, name_characters = 0, n_rules = 0;
  in("MajorVersion", major), in("MinorVersion", minor), in("cbHeader", header_bytes);
  in("Reserved", reserved), in("cchKeyName", name_characters);
  const Bytes name = in.take("KeyName", std::size_t{2} * name_characters);
  in("cRules", n_rules);
  std::vector<TzRule> rules;
  in.list("TZRules", n_rules, rules);
  if (!in.ok()) return in.error("TimeZoneDefinition");
  if (rules.empty()) return Error{Code::kCorrupt, "TimeZoneDefinition.cRules 0: no rule"};
  const TzRule* chosen = &rules.back();
  for (const TzRule& rule : rules)
    if ((rule.TZRuleFlags & kEffective) != 0) chosen = &rule;
  TRY_ASSIGN(TimeZone zone, zone_of(*chosen));
  zone.name = printable(utf8_from_utf16(name));
  return zone;
}

}  // namespace mk::mime
