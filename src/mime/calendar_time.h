#pragma once
#include <optional>
#include <string>

#include "mime/content_lines.h"
#include "mime/time_zone.h"

namespace mk::mime {

/// `20261122T200000Z`; of times that iCalendar has no form for (beyond 9999) the last that it has.
std::string utc_text(FileTime t);

/// How the times of one appointment are written: by date, in a zone, or as whatever the clock on the wall
/// shows.
class CalendarTimes {
 public:
  /// Of a single appointment the zone in which it is shown, of a series the one that its rule follows.
  CalendarTimes(const model::PropertyList& appointment, bool series);

  bool has_zone() const { return zone_.has_value(); }
  void write_zone(ContentLines& lines) const;  // VTIMEZONE; nothing without a zone
  void write(ContentLines& lines, std::string_view name, LocalTime t, bool all_day) const;
  /// For UNTIL, which is in UTC where DTSTART has a zone.
  std::string until(LocalTime t, bool all_day) const;
  /// The day of an all-day appointment, midnight in some zone: in ours, else in the zone that fits.
  LocalTime to_day(FileTime utc) const;
  LocalTime to_local(FileTime utc) const;  // with a zone only

 private:
  std::optional<TimeZone> zone_;
  std::string id_;
};

}  // namespace mk::mime
