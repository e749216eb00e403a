#include "mime/recurrence.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/wire.h"

namespace mk::mime {
namespace {

using std::chrono::days;
using std::chrono::minutes;

/// RecurrencePattern as far as its PatternTypeSpecific.  [MS-OXOCAL] 2.2.1.44.1
struct PatternHead {
  static constexpr char kName[] = "RecurrencePattern";
  std::uint16_t ReaderVersion{}, WriterVersion{}, RecurFrequency{}, PatternType{}, CalendarType{};
  std::uint32_t FirstDateTime{}, Period{}, SlidingFlag{};
  static constexpr void fields(auto& io, auto& t) {
    io("ReaderVersion", t.ReaderVersion), io("WriterVersion", t.WriterVersion);
    io("RecurFrequency", t.RecurFrequency), io("PatternType", t.PatternType),
        io("CalendarType", t.CalendarType);
    io("FirstDateTime", t.FirstDateTime), io("Period", t.Period), io("SlidingFlag", t.SlidingFlag);
  }
};
static_assert(wire_size<PatternHead>() == 22);

/// The rest of RecurrencePattern.
struct PatternTail {
  static constexpr char kName[] = "RecurrencePattern";
  std::uint32_t EndType{}, OccurrenceCount{}, FirstDOW{}, DeletedInstanceCount{}, ModifiedInstanceCount{};
  std::vector<std::uint32_t> DeletedInstanceDates, ModifiedInstanceDates;
  std::uint32_t StartDate{}, EndDate{};
  static constexpr void fields(auto& io, auto& t) {
    io("EndType", t.EndType), io("OccurrenceCount", t.OccurrenceCount), io("FirstDOW", t.FirstDOW);
    io("DeletedInstanceCount", t.DeletedInstanceCount);
    io.list("DeletedInstanceDates", t.DeletedInstanceCount, t.DeletedInstanceDates);
    io("ModifiedInstanceCount", t.ModifiedInstanceCount);
    io.list("ModifiedInstanceDates", t.ModifiedInstanceCount, t.ModifiedInstanceDates);
    io("StartDate", t.StartDate), io("EndDate", t.EndDate);
  }
};

/// AppointmentRecurrencePattern between its RecurrencePattern and its exceptions.  [MS-OXOCAL] 2.2.1.44.5
struct AppointmentHead {
  static constexpr char kName[] = "AppointmentRecurrencePattern";
  std::uint32_t ReaderVersion2{}, WriterVersion2{}, StartTimeOffset{}, EndTimeOffset{};
  std::uint16_t ExceptionCount{};
  static constexpr void fields(auto& io, auto& t) {
    io("ReaderVersion2", t.ReaderVersion2), io("WriterVersion2", t.WriterVersion2);
    io("StartTimeOffset", t.StartTimeOffset), io("EndTimeOffset", t.EndTimeOffset);
    io("ExceptionCount", t.ExceptionCount);
  }
};

/// The beginning of ExceptionInfo, and of ExtendedException where that has text.  [MS-OXOCAL] 2.2.1.44.2
struct ExceptionTimes {
  std::uint32_t StartDateTime{}, EndDateTime{}, OriginalStartDate{};
  static constexpr void fields(auto& io, auto& t) {
    io("StartDateTime", t.StartDateTime), io("EndDateTime", t.EndDateTime);
    io("OriginalStartDate", t.OriginalStartDate);
  }
};

/// OverrideFlags of ExceptionInfo.
enum Override : std::uint16_t {
  kSubject = 0x0001,
  kMeetingType = 0x0002,
  kReminderDelta = 0x0004,
  kReminder = 0x0008,
  kLocation = 0x0010,
  kBusyStatus = 0x0020,
  kAttachment = 0x0040,
  kSubType = 0x0080,
  kColor = 0x0100,
  kBody = 0x0200
};

Error damaged(std::string what) { return {Code::kCorrupt, "RecurrencePattern." + std::move(what)}; }

/// What a series that can be expanded has: nothing that would make it stand still or end nowhere.
Status check(const Recurrence& r) {
  using Pattern = Recurrence::Pattern;
  if (r.period == 0 || r.period > 99'999) return damaged(fmt::format("Period {}: no interval", r.period));
  const bool by_days = r.pattern == Pattern::kWeek || r.pattern == Pattern::kMonthNth;
  if (by_days && (r.week_days == 0 || r.week_days > 0x7F))
    return damaged(fmt::format("PatternTypeSpecific {:#x}: no days of a week", r.week_days));
  if (r.pattern == Pattern::kMonth && (r.day < 1 || r.day > 31))
    return damaged(fmt::format("PatternTypeSpecific {}: no day of a month", r.day));
  if (r.pattern == Pattern::kMonthNth && (r.nth < 1 || r.nth > 5))
    return damaged(fmt::format("PatternTypeSpecific.N {}: not 1 to 5", r.nth));
  if (r.first_day_of_week > 6) return damaged(fmt::format("FirstDOW {}: no day", r.first_day_of_week));
  return ok;
}

void read_specific(Reader& in, Recurrence& r) {
  using Pattern = Recurrence::Pattern;
  switch (r.pattern) {
    case Pattern::kDay:
      return;
    case Pattern::kWeek:
      return in("Week", r.week_days);
    case Pattern::kMonthNth:
    case Pattern::kHijriMonthNth:
      in("MonthNth", r.week_days);
      return in("N", r.nth);
    default:
      return in("Month", r.day);
  }
}

Recurrence::End end_of(std::uint32_t end_type) {
  if (end_type == 0x2021) return Recurrence::End::kByDate;
  return end_type == 0x2022 ? Recurrence::End::kAfterCount : Recurrence::End::kNever;
}

bool is_pattern(std::uint16_t type) { return type <= 4 || (type >= 0x0A && type <= 0x0C); }

Result<Recurrence> read_pattern(Reader& in) {
  PatternHead head;
  PatternHead::fields(in, head);
  if (!in.ok()) return in.error(PatternHead::kName);
  if (head.ReaderVersion != 0x3004)
    return damaged(fmt::format("ReaderVersion {:#x}: not 0x3004", head.ReaderVersion));
  if (head.RecurFrequency < 0x200A || head.RecurFrequency > 0x200D || !is_pattern(head.PatternType))
    return damaged(fmt::format("RecurFrequency {:#x}, PatternType {:#x}: unknown", head.RecurFrequency,
                               head.PatternType));
  Recurrence r;
  r.frequency = static_cast<Recurrence::Frequency>(head.RecurFrequency);
  r.pattern = static_cast<Recurrence::Pattern>(head.PatternType);
  r.calendar_type = head.CalendarType;
  r.period = r.pattern == Recurrence::Pattern::kDay ? head.Period / 1440 : head.Period;
  read_specific(in, r);
  PatternTail tail;
  PatternTail::fields(in, tail);
  if (!in.ok()) return in.error(PatternTail::kName);
  r.end_type = end_of(tail.EndType);
  r.count = tail.OccurrenceCount;
  r.first_day_of_week = tail.FirstDOW;
  for (const auto m : tail.DeletedInstanceDates) r.deleted.push_back(local_time(m));
  r.start_date = local_time(tail.StartDate);
  r.end_date = local_time(tail.EndDate);
  TRY(check(r));
  return r;
}

template <class T>
std::optional<T> read_if(Reader& in, bool there, const char* field) {
  if (!there) return {};
  T value{};
  in(field, value);
  return value;
}

/// Text of ExceptionInfo: its length with and without terminator, then its bytes.
std::optional<std::string> read_ansi(Reader& in, bool there, const char* field, unsigned code_page) {
  if (!there) return {};
  std::uint16_t with_nul = 0, length = 0;
  in(field, with_nul), in(field, length);
  const Bytes text = in.take(field, length);
  auto utf8 = utf8_from_code_page(text, code_page);
  return utf8 ? *std::move(utf8) : printable(as_chars(text));
}

struct ReadException {
  RecurrenceException exception;
  std::uint16_t flags = 0;
};

ReadException read_exception(Reader& in, unsigned code_page) {
  ExceptionTimes times;
  ExceptionTimes::fields(in, times);
  ReadException out;
  in("OverrideFlags", out.flags);
  const auto has = [&](Override o) { return (out.flags & o) != 0; };
  RecurrenceException& e = out.exception;
  e.start = local_time(times.StartDateTime);
  e.end = local_time(times.EndDateTime);
  e.original_start = local_time(times.OriginalStartDate);
  e.subject = read_ansi(in, has(kSubject), "Subject", code_page);
  read_if<std::uint32_t>(in, has(kMeetingType), "MeetingType");
  e.reminder_delta_minutes = read_if<std::uint32_t>(in, has(kReminderDelta), "ReminderDelta");
  if (const auto set = read_if<std::uint32_t>(in, has(kReminder), "ReminderSet")) e.reminder_set = *set != 0;
  e.location = read_ansi(in, has(kLocation), "Location", code_page);
  e.busy_status = read_if<std::uint32_t>(in, has(kBusyStatus), "BusyStatus");
  read_if<std::uint32_t>(in, has(kAttachment), "Attachment");
  if (const auto sub_type = read_if<std::uint32_t>(in, has(kSubType), "SubType")) e.all_day = *sub_type != 0;
  read_if<std::uint32_t>(in, has(kColor), "AppointmentColor");
  e.has_body = has(kBody);
  return out;
}

void skip_block(Reader& in, const char* field) {
  std::uint32_t size = 0;
  in(field, size);
  in.take(field, size);
}

std::optional<std::string> read_wide(Reader& in, bool there, const char* field) {
  if (!there) return {};
  std::uint16_t length = 0;
  in(field, length);
  return utf8_from_utf16(in.take(field, std::size_t{2} * length));
}

/// ExtendedException: the same texts in Unicode.  [MS-OXOCAL] 2.2.1.44.4
void read_extended(Reader& in, bool has_highlight, std::vector<ReadException>& exceptions) {
  for (ReadException& e : exceptions) {
    if (has_highlight) skip_block(in, "ChangeHighlight");
    skip_block(in, "ReservedBlockEE1");
    const bool subject = (e.flags & kSubject) != 0, location = (e.flags & kLocation) != 0;
    if (!subject && !location) continue;
    ExceptionTimes times;
    ExceptionTimes::fields(in, times);
    const auto wide_subject = read_wide(in, subject, "WideCharSubject");
    const auto wide_location = read_wide(in, location, "WideCharLocation");
    skip_block(in, "ReservedBlockEE2");
    if (!in.ok()) return;  // some writers leave this part out; the ANSI text stands
    if (subject) e.exception.subject = wide_subject;
    if (location) e.exception.location = wide_location;
  }
}

}  // namespace

LocalTime local_time(std::uint32_t minutes_since_1601) {
  using namespace std::chrono;
  return LocalTime(local_days(1601y / 1 / 1)) + minutes(minutes_since_1601);
}

Result<Recurrence> parse_task_recurrence(Bytes blob) {
  Reader in(blob);
  return read_pattern(in);
}

Result<Recurrence> parse_appointment_recurrence(Bytes blob, unsigned code_page) {
  Reader in(blob);
  TRY_ASSIGN(Recurrence r, read_pattern(in));
  AppointmentHead head;
  AppointmentHead::fields(in, head);
  std::vector<ReadException> exceptions;
  for (unsigned i = 0; i < head.ExceptionCount && in.ok(); ++i)
    exceptions.push_back(read_exception(in, code_page));
  if (!in.ok()) return in.error(AppointmentHead::kName);
  if (head.StartTimeOffset >= 1440 || head.EndTimeOffset < head.StartTimeOffset)
    return Error{Code::kCorrupt,
                 fmt::format("AppointmentRecurrencePattern.StartTimeOffset {}, EndTimeOffset {}: no "
                             "time of a day",
                             head.StartTimeOffset, head.EndTimeOffset)};
  r.start_offset = minutes(head.StartTimeOffset);
  r.end_offset = minutes(head.EndTimeOffset);
  skip_block(in, "ReservedBlock1");
  read_extended(in, head.WriterVersion2 >= 0x3009, exceptions);
  for (ReadException& e : exceptions) r.exceptions.push_back(std::move(e.exception));
  return r;
}

}  // namespace mk::mime
