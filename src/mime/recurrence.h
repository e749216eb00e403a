#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace mk::mime {

/// Wall-clock time in the zone of an appointment; the wire counts minutes since 1601-01-01.
using LocalTime = std::chrono::local_time<std::chrono::minutes>;
LocalTime local_time(std::uint32_t minutes_since_1601);

/// One occurrence of a series that differs from the others.  [MS-OXOCAL] 2.2.1.44.2, 2.2.1.44.4
struct RecurrenceException {
  LocalTime start, end, original_start;
  std::optional<std::string> subject, location;  // UTF-8
  std::optional<std::uint32_t> reminder_delta_minutes, busy_status;
  std::optional<bool> reminder_set, all_day;
  bool has_body = false;  // its attachment has a body of its own
};

/// When a series takes place.  [MS-OXOCAL] 2.2.1.44.1, 2.2.1.44.5
struct Recurrence {
  enum class Frequency : std::uint16_t { kDaily = 0x200A, kWeekly, kMonthly, kYearly };
  enum class Pattern : std::uint16_t {
    kDay,
    kWeek,
    kMonth,
    kMonthNth,
    kMonthEnd,
    kHijriMonth = 0x0A,
    kHijriMonthNth,
    kHijriMonthEnd
  };
  enum class End { kByDate, kAfterCount, kNever };
  Frequency frequency{};
  Pattern pattern{};
  std::uint16_t calendar_type = 0;  // 0, 1: Gregorian
  std::uint32_t period = 0;         // days, weeks or months
  std::uint32_t week_days = 0;      // bit 0 is Sunday; kWeek, kMonthNth
  std::uint32_t day = 0;            // of the month; kMonth, kMonthEnd
  std::uint32_t nth = 0;            // 1 to 5, 5 is the last; kMonthNth
  End end_type{};
  std::uint32_t count = 0;
  std::uint32_t first_day_of_week = 0;  // 0 is Sunday
  std::vector<LocalTime> deleted;       // midnight of the original days, those of exceptions too
  LocalTime start_date, end_date;       // midnights; end_date: of the last occurrence
  std::chrono::minutes start_offset{}, end_offset{};  // from midnight; appointments only
  std::vector<RecurrenceException> exceptions;        // appointments only
};

/// Reads PidLidAppointmentRecur. ANSI text of exceptions is of `code_page`; the Unicode text wins.
/// Errors: kTruncated, kCorrupt  names structure and field
Result<Recurrence> parse_appointment_recurrence(Bytes blob, unsigned code_page);
/// Reads PidLidTaskRecurrence, which is the first part of the same structure.
Result<Recurrence> parse_task_recurrence(Bytes blob);

/// True when the pattern, without its end, its deleted and its moved occurrences, names this day. The
/// calendar has to be is_gregorian().
bool occurs_on(const Recurrence& r, std::chrono::local_days day);
/// False for series by the months of other calendars (Hijri, Hebrew, lunar ...), which RFC 5545 has no rule
/// for.
bool is_gregorian(const Recurrence& r);
/// The first day of the series, which is where its rule begins; start_date when there is none within ten
/// years.
std::chrono::local_days first_day(const Recurrence& r);

/// `FREQ=WEEKLY;BYDAY=MO` ... without UNTIL, which depends on the zone; COUNT is in it. The calendar has to
/// be is_gregorian(). A day of the month that a month does not have is its last, as in Outlook.  RFC
/// 5545 3.3.10
std::string recurrence_rule(const Recurrence& r);

}  // namespace mk::mime
