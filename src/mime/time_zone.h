#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/time.h"
#include "mime/recurrence.h"

namespace mk::mime {

/// One rule of a time zone, as Windows has it: when summer time begins and ends, each year the same.
struct TimeZone {
  /// [MS-DTYP] 2.3.13 SYSTEMTIME, as time zones use it
  struct Change {
    unsigned month = 0;    // 0: the zone knows no summer time
    unsigned day = 0;      // which of these weekdays, 5 is the last; with a year: the day of the month
    unsigned weekday = 0;  // 0 is Sunday
    unsigned hour = 0, minute = 0;
    int year = 0;  // 0: every year
    /// In wall-clock time before the change; nothing in years without one.
    std::optional<LocalTime> in_year(int year) const;
  };
  std::string name;  // `W. Europe Standard Time`; empty when the zone has none
  std::chrono::minutes bias{}, standard_bias{}, daylight_bias{};  // UTC = local + bias + one of the others
  Change standard, daylight;                                      // the change to each

  bool has_daylight() const { return standard.month != 0 && daylight.month != 0; }
  LocalTime to_local(FileTime utc) const;
  /// Of an hour that is there twice the first; of one that is left out, as if the change had not been.
  FileTime to_utc(LocalTime local) const;
};

/// PidLidTimeZoneStruct.  [MS-OXOCAL] 2.2.1.39.  Errors: kTruncated, kCorrupt
Result<TimeZone> parse_time_zone_struct(Bytes blob);
/// PidLidAppointmentTimeZoneDefinition...: the rule that is marked as effective, else the last one.
/// [MS-OXOCAL] 2.2.1.41.  Errors: kTruncated, kCorrupt
Result<TimeZone> parse_time_zone_definition(Bytes blob);

}  // namespace mk::mime
