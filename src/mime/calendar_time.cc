#include "mime/calendar_time.h"

#include <fmt/format.h>

#include <cstdlib>

#include "mime/named.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

using namespace std::chrono;
namespace pset = model::pset;
constexpr std::uint32_t kZoneStruct = 0x8233, kZoneDescription = 0x8234, kZoneStartDisplay = 0x825E,
                        kZoneRecur = 0x8260;
constexpr std::uint64_t kTicksPerMinute = 600'000'000;

std::string date_text(LocalTime t) {
  const year_month_day d(floor<days>(t));
  return fmt::format("{:04}{:02}{:02}", int(d.year()), unsigned(d.month()), unsigned(d.day()));
}
std::string time_text(LocalTime t) {
  const hh_mm_ss clock(t - floor<days>(t));
  return fmt::format("{}T{:02}{:02}00", date_text(t), clock.hours().count(), clock.minutes().count());
}

std::optional<TimeZone> definition(const model::PropertyList& list, std::uint32_t lid) {
  const auto blob = named_binary(list, pset::kAppointment, lid);
  auto zone = parse_time_zone_definition(as_bytes(blob.value_or("")));
  if (!zone) return {};
  return *std::move(zone);
}

/// The old structure decides for a series; it has no name of its own.  [MS-OXOCAL] 2.2.1.41
std::optional<TimeZone> find_zone(const model::PropertyList& list, bool series) {
  auto zone = definition(list, series ? kZoneRecur : kZoneStartDisplay);
  if (!zone && series) zone = definition(list, kZoneStartDisplay);
  if (zone && !series) return zone;
  const auto blob = named_binary(list, pset::kAppointment, kZoneStruct);
  auto old = parse_time_zone_struct(as_bytes(blob.value_or("")));
  if (!old) return zone;
  old->name = zone ? zone->name : named_text(list, pset::kAppointment, kZoneDescription).value_or("");
  return *std::move(old);
}

std::string offset_text(minutes from_utc) {
  const auto m = std::abs(from_utc.count());
  return fmt::format("{}{:02}{:02}", from_utc.count() < 0 ? '-' : '+', m / 60, m % 60);
}

constexpr std::string_view kDays[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

/// One half of a VTIMEZONE: from when on the offset is `to`.
void write_observance(ContentLines& lines, const char* name, const TimeZone::Change& change, minutes from,
                      minutes to) {
  constexpr int kFirstYear = 1601;  // where [MS-OXCICAL] 2.1.3.1.1.19.2 has zones begin
  lines.raw("BEGIN", name);
  const auto start = change.in_year(change.year == 0 ? kFirstYear : change.year);
  lines.raw("DTSTART", start ? time_text(*start) : "16010101T000000");
  lines.raw("TZOFFSETFROM", offset_text(from));
  lines.raw("TZOFFSETTO", offset_text(to));
  if (change.month != 0 && change.year == 0)
    lines.raw("RRULE",
              fmt::format("FREQ=YEARLY;BYDAY={}{};BYMONTH={}", change.day >= 5 ? -1 : int(change.day),
                          kDays[change.weekday], change.month));
  lines.raw("END", name);
}

}  // namespace

std::string utc_text(FileTime t) {
  const std::string iso = format_utc(t);
  if (iso.size() < 20 || iso[4] != '-') return "99991231T235959Z";
  return iso.substr(0, 4) + iso.substr(5, 2) + iso.substr(8, 5) + iso.substr(14, 2) + iso.substr(17, 2) + "Z";
}

CalendarTimes::CalendarTimes(const model::PropertyList& appointment, bool series)
    : zone_(find_zone(appointment, series)) {
  if (!zone_) return;
  id_ = zone_->name.empty() ? "UTC" + offset_text(-zone_->bias - zone_->standard_bias) : zone_->name;
}

void CalendarTimes::write_zone(ContentLines& lines) const {
  if (!zone_) return;
  const minutes standard = -zone_->bias - zone_->standard_bias,
                daylight = -zone_->bias - zone_->daylight_bias;
  lines.raw("BEGIN", "VTIMEZONE");
  lines.text("TZID", id_);
  const bool summer = zone_->has_daylight();
  write_observance(lines, "STANDARD", summer ? zone_->standard : TimeZone::Change{},
                   summer ? daylight : standard, standard);
  if (summer) write_observance(lines, "DAYLIGHT", zone_->daylight, standard, daylight);
  lines.raw("END", "VTIMEZONE");
}

void CalendarTimes::write(ContentLines& lines, std::string_view name, LocalTime t, bool all_day) const {
  if (all_day)
    lines.raw(name, date_text(t), {{"VALUE", "DATE"}});
  else
    lines.raw(name, time_text(t), {{"TZID", id_}});
}

std::string CalendarTimes::until(LocalTime t, bool all_day) const {
  if (all_day) return date_text(t);
  return zone_ ? utc_text(zone_->to_utc(t)) : time_text(t);
}

LocalTime CalendarTimes::to_local(FileTime utc) const { return zone_->to_local(utc); }

LocalTime CalendarTimes::to_day(FileTime utc) const {
  const LocalTime there = local_time(static_cast<std::uint32_t>(utc.ticks / kTicksPerMinute));
  const LocalTime here = zone_ ? zone_->to_local(utc) : there;
  if (here == floor<days>(here)) return here;
  return floor<days>(there +
                     hours(12));  // midnight east of Greenwich is the evening before, west of it the morning
}

}  // namespace mk::mime
