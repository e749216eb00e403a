#include "mime/calendar.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"
#include "mime/calendar_people.h"
#include "mime/calendar_time.h"
#include "mime/eml.h"
#include "mime/export.h"
#include "mime/named.h"
#include "mime/plain_text.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

using namespace std::chrono;
namespace pid = model::pid;
namespace pset = model::pset;

// Lids of PSETID_Appointment, PSETID_Common, PSETID_Meeting, PSETID_Task and PSETID_Log.  [MS-OXPROPS] 2
constexpr std::uint32_t kSequence = 0x8201, kBusyStatus = 0x8205, kLocation = 0x8208, kStartWhole = 0x820D,
                        kEndWhole = 0x820E, kAllDay = 0x8215, kRecur = 0x8216, kStateFlags = 0x8217,
                        kReplaceTime = 0x8228;
constexpr std::uint32_t kReminderDelta = 0x8501, kReminderTime = 0x8502, kReminderSet = 0x8503,
                        kPrivate = 0x8506;
constexpr std::uint32_t kGlobalId = 0x0003, kCriticalChange = 0x001A, kCleanGlobalId = 0x0023;
constexpr std::uint32_t kTaskStatus = 0x8101, kPercent = 0x8102, kTaskStart = 0x8104, kTaskDue = 0x8105,
                        kTaskCompleted = 0x810F, kTaskRecur = 0x8116;
constexpr std::uint32_t kLogType = 0x8700, kLogStart = 0x8706;
constexpr std::int64_t kIsCanceled = 4;
/// PidLidReminderDelta: the client's default.  [MS-OXORMDR] 2.2.1.3
constexpr std::int64_t kDefaultDelta = 0x5AE980E1, kDefaultDeltaMinutes = 15, kMaxDeltaMinutes = 10'000'000;
constexpr std::uint16_t kAttachReplaceTime = 0x7FF9;  // PidTagExceptionReplaceTime

using model::PropertyList;

/// [MS-OXCICAL] 2.1.3.1.1.20.26: the id of a meeting that came as iCalendar lies in the global id as it was.
std::string uid_of(const PropertyList& list) {
  auto id = named_binary(list, kMeetingSet, kCleanGlobalId);
  if (!id) id = named_binary(list, kMeetingSet, kGlobalId);
  constexpr std::size_t kDateAt = 16, kDataAt = 40;
  constexpr std::string_view kForeign("vCal-Uid\1\0\0\0", 12);
  if (id && id->size() > kDataAt) {
    const std::string_view data = std::string_view(*id).substr(kDataAt);
    if (data.starts_with(kForeign)) {
      const std::string_view foreign = data.substr(kForeign.size());
      return printable(foreign.substr(0, foreign.find('\0')));
    }
    for (std::size_t i = kDateAt; i < kDateAt + 4; ++i) (*id)[i] = 0;  // the day of an exception
    std::string hex = to_hex(as_bytes(*id));
    for (char& c : hex) c = c >= 'a' ? static_cast<char>(c - 32) : c;
    return hex;
  }
  const ByteString key = list.get_binary(pid::kSearchKey).value_or("");
  if (!key.empty()) return "mailkeep-" + to_hex(as_bytes(key));
  const auto start = named_time(list, pset::kAppointment, kStartWhole).value_or(FileTime{});
  const auto digest = sha256(as_bytes(subject_of(list) + std::to_string(start.ticks)));
  return "mailkeep-" + to_hex(std::as_bytes(std::span(digest)).first(16));
}

/// One VEVENT, VTODO or VJOURNAL: of an exception what differs, and behind it the series.
struct Occasion {
  const model::Item& item;
  const RecurrenceException* exception = nullptr;
  const model::Item* own = nullptr;  // the message embedded for the exception, where there is one

  template <class Get>
  auto first(Get get) const {
    auto found = own != nullptr ? get(own->properties) : decltype(get(item.properties)){};
    return found ? found : get(item.properties);
  }
  std::optional<std::int64_t> integer(const Guid& set, std::uint32_t lid) const {
    return first([&](const PropertyList& l) { return named_integer(l, set, lid); });
  }
};

class CalendarWriter {
 public:
  CalendarWriter(const model::Item& item, std::string_view method, ByteSink& out)
      : item_(item), method_(method), lines_(out) {}

  Result<std::string> write() {
    lines_.raw("BEGIN", "VCALENDAR");
    lines_.raw("PRODID", "-//mailkeep//mailkeep//EN");
    lines_.raw("VERSION", "2.0");
    if (!method_.empty()) lines_.raw("METHOD", method_);
    const std::string kind = item_.properties.get_text(pid::kMessageClass).value_or("");
    if (is_class(kind, "IPM.Task"))
      task();
    else if (is_class(kind, "IPM.Appointment") || !method_.empty())
      appointment();
    else
      journal();
    lines_.raw("END", "VCALENDAR");
    TRY(lines_.finish());
    return note_;
  }

 private:
  void appointment() {
    const PropertyList& list = item_.properties;
    const auto blob = named_binary(list, pset::kAppointment, kRecur);
    std::optional<Recurrence> series;
    if (blob && !blob->empty()) {
      auto parsed = parse_appointment_recurrence(as_bytes(*blob), list.code_page());
      if (!parsed)
        note_ = "the series cannot be read, only its first appointment: " + parsed.error().what;
      else if (!is_gregorian(*parsed))
        note_ = fmt::format("a series in calendar {} has no iCalendar rule: only its first appointment",
                            parsed->calendar_type);
      else
        series = *std::move(parsed);
    }
    const CalendarTimes times(list, series.has_value());
    const bool all_day = named_integer(list, pset::kAppointment, kAllDay).value_or(0) != 0;
    if (series || !all_day) times.write_zone(lines_);
    const Occasion master{item_};
    begin("VEVENT", master);
    if (series)
      write_series(*series, times, all_day);
    else
      write_single(times, all_day);
    event_rest(master);
    if (!series) return;
    for (const RecurrenceException& e : series->exceptions) exception(*series, e, times, all_day);
  }

  void write_single(const CalendarTimes& times, bool all_day) {
    const auto start = named_time(item_.properties, pset::kAppointment, kStartWhole);
    const auto end = named_time(item_.properties, pset::kAppointment, kEndWhole);
    for (const auto& [name, time] : {std::pair("DTSTART", start), std::pair("DTEND", end)}) {
      if (!time) continue;
      if (all_day)
        times.write(lines_, name, times.to_day(*time), true);
      else if (times.has_zone())
        times.write(lines_, name, times.to_local(*time), false);
      else
        lines_.raw(name, utc_text(*time));
    }
  }

  void write_series(const Recurrence& r, const CalendarTimes& times, bool all_day) {
    const LocalTime first = LocalTime(first_day(r));
    times.write(lines_, "DTSTART", first + r.start_offset, all_day);
    times.write(lines_, "DTEND", first + r.end_offset, all_day);
    std::string rule = recurrence_rule(r);
    if (r.end_type == Recurrence::End::kByDate)
      rule += ";UNTIL=" + times.until(r.end_date + r.start_offset, all_day);
    lines_.raw("RRULE", rule);
    for (const LocalTime day : r.deleted) {
      const bool replaced = std::ranges::any_of(r.exceptions, [&](const RecurrenceException& e) {
        return floor<days>(e.original_start) == floor<days>(day);
      });
      if (!replaced) times.write(lines_, "EXDATE", day + r.start_offset, all_day);
    }
  }

  void exception(const Recurrence& r, const RecurrenceException& e, const CalendarTimes& times,
                 bool series_all_day) {
    const Occasion occasion{item_, &e, message_of(r, e, times)};
    const bool all_day = e.all_day.value_or(series_all_day);
    begin("VEVENT", occasion);
    const LocalTime original = LocalTime(floor<days>(e.original_start)) + r.start_offset;
    times.write(lines_, "RECURRENCE-ID", original, series_all_day);
    times.write(lines_, "DTSTART", e.start, all_day);
    times.write(lines_, "DTEND", e.end, all_day);
    event_rest(occasion);
  }

  /// The embedded message of an exception knows which occurrence it replaces, in UTC.  [MS-OXOCAL] 2.2.10
  const model::Item* message_of(const Recurrence& r, const RecurrenceException& e,
                                const CalendarTimes& times) const {
    for (const model::Attachment& a : item_.attachments) {
      if (!a.embedded) continue;
      auto replaces = named_time(a.embedded->properties, pset::kAppointment, kReplaceTime);
      if (!replaces) replaces = a.properties.get_time(kAttachReplaceTime);
      if (!replaces) continue;
      const LocalTime day =
          times.has_zone() ? times.to_local(*replaces) - r.start_offset : times.to_day(*replaces);
      if (floor<days>(day) == floor<days>(e.original_start)) return a.embedded.get();
    }
    return nullptr;
  }

  void task() {
    const PropertyList& list = item_.properties;
    const CalendarTimes times(PropertyList(), false);
    const Occasion occasion{item_};
    begin("VTODO", occasion);
    const auto start = named_time(list, pset::kTask, kTaskStart),
               due = named_time(list, pset::kTask, kTaskDue);
    if (start) times.write(lines_, "DTSTART", times.to_day(*start), true);
    if (due) times.write(lines_, "DUE", times.to_day(*due), true);
    if (const auto done = named_time(list, pset::kTask, kTaskCompleted))
      lines_.raw("COMPLETED", utc_text(*done));
    const auto status = named_integer(list, pset::kTask, kTaskStatus).value_or(0);
    lines_.raw("STATUS", status == 1 ? "IN-PROCESS" : status == 2 ? "COMPLETED" : "NEEDS-ACTION");
    const double percent = named_number(list, pset::kTask, kPercent).value_or(0);
    if (percent > 0 && percent <= 1) lines_.raw("PERCENT-COMPLETE", fmt::format("{:.0f}", percent * 100));
    task_series(times, start.has_value());
    describe(occasion);
    const auto remind = named_time(list, pset::kCommon, kReminderTime);
    if (remind && named_integer(list, pset::kCommon, kReminderSet).value_or(0) != 0)
      alarm("TRIGGER", utc_text(*remind), {{"VALUE", "DATE-TIME"}});
    end("VTODO");
  }

  void task_series(const CalendarTimes& times, bool has_start) {
    const auto blob = named_binary(item_.properties, pset::kTask, kTaskRecur);
    if (!blob || blob->empty()) return;
    const auto r = parse_task_recurrence(as_bytes(*blob));
    if (!r || !is_gregorian(*r)) {
      note_ = "the series cannot be written, only this task: " +
              (r ? "a calendar without rules" : r.error().what);
      return;
    }
    if (!has_start) times.write(lines_, "DTSTART", LocalTime(first_day(*r)), true);
    std::string rule = recurrence_rule(*r);
    if (r->end_type == Recurrence::End::kByDate) rule += ";UNTIL=" + times.until(r->end_date, true);
    lines_.raw("RRULE", rule);
  }

  void journal() {
    const Occasion occasion{item_};
    begin("VJOURNAL", occasion);
    if (const auto start = named_time(item_.properties, kLogSet, kLogStart))
      lines_.raw("DTSTART", utc_text(*start));
    lines_.text("COMMENT", named_text(item_.properties, kLogSet, kLogType).value_or(""));
    describe(occasion);
    end("VJOURNAL");
  }

  void begin(const char* component, const Occasion& o) {
    const PropertyList& list = item_.properties;
    lines_.raw("BEGIN", component);
    lines_.text("UID", uid_of(list));
    auto stamp = named_time(list, kMeetingSet, kCriticalChange);
    if (!stamp) stamp = list.get_time(pid::kLastModificationTime);
    if (!stamp) stamp = list.get_time(pid::kCreationTime);
    lines_.raw("DTSTAMP", stamp ? utc_text(*stamp) : "19700101T000000Z");
    if (const auto t = list.get_time(pid::kCreationTime)) lines_.raw("CREATED", utc_text(*t));
    if (const auto t = list.get_time(pid::kLastModificationTime)) lines_.raw("LAST-MODIFIED", utc_text(*t));
    if (const auto n = o.integer(pset::kAppointment, kSequence); n && *n > 0)
      lines_.raw("SEQUENCE", std::to_string(*n));
  }

  void describe(const Occasion& o) {
    std::string subject = o.exception != nullptr ? o.exception->subject.value_or("") : "";
    if (subject.empty()) subject = subject_of(item_.properties);
    lines_.text("SUMMARY", subject);
    std::string body = o.own != nullptr ? plain_text(o.own->properties) : "";
    if (body.empty()) body = plain_text(item_.properties);
    lines_.text("DESCRIPTION", body);
    if (const auto* p = item_.properties.find(model::string_name(pset::kPublicStrings, "Keywords"));
        p != nullptr && p->tag.element_type() == model::PropType::kString) {
      std::string all;
      for (const ByteString& word : p->value.elements())
        all += (all.empty() ? "" : ",") + ContentLines::escape(utf8_from_utf16(as_bytes(word)));
      if (!all.empty()) lines_.raw("CATEGORIES", all);
    }
    const auto sensitivity = item_.properties.get_integer(pid::kSensitivity).value_or(0);
    if (sensitivity == 3)
      lines_.raw("CLASS", "CONFIDENTIAL");
    else if (sensitivity != 0 || named_integer(item_.properties, pset::kCommon, kPrivate).value_or(0) != 0)
      lines_.raw("CLASS", "PRIVATE");
    const auto importance = item_.properties.get_integer(pid::kImportance).value_or(1);
    if (importance != 1) lines_.raw("PRIORITY", importance == 0 ? "9" : "1");
    if (o.exception == nullptr) attachments();
  }

  void event_rest(const Occasion& o) {
    std::string location = o.exception != nullptr ? o.exception->location.value_or("") : "";
    if (location.empty()) location = named_text(item_.properties, pset::kAppointment, kLocation).value_or("");
    lines_.text("LOCATION", location);
    describe(o);
    busy_status(o);
    write_people(lines_, item_, o.own, method_);
    event_alarm(o);
    end("VEVENT");
  }

  /// [MS-OXCICAL] 2.1.3.1.1.20.31
  void busy_status(const Occasion& o) {
    static constexpr std::string_view kNames[] = {"FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"};
    std::int64_t busy = o.integer(pset::kAppointment, kBusyStatus).value_or(2);
    if (o.exception != nullptr && o.exception->busy_status) busy = *o.exception->busy_status;
    if (busy < 0 || busy > 4) busy = 2;
    const bool canceled = (o.integer(pset::kAppointment, kStateFlags).value_or(0) & kIsCanceled) != 0;
    lines_.raw("STATUS", canceled || method_ == "CANCEL" ? "CANCELLED"
                         : busy == 1                     ? "TENTATIVE"
                                                         : "CONFIRMED");
    lines_.raw("TRANSP", busy == 0 || busy == 4 ? "TRANSPARENT" : "OPAQUE");
    lines_.raw("X-MICROSOFT-CDO-BUSYSTATUS", kNames[busy]);
  }

  void event_alarm(const Occasion& o) {
    bool set = o.integer(pset::kCommon, kReminderSet).value_or(0) != 0;
    std::int64_t delta = o.integer(pset::kCommon, kReminderDelta).value_or(kDefaultDelta);
    if (o.exception != nullptr) {
      set = o.exception->reminder_set.value_or(set);
      delta = o.exception->reminder_delta_minutes.value_or(static_cast<std::uint32_t>(delta));
    }
    if (delta < 0 || delta > kMaxDeltaMinutes) delta = kDefaultDeltaMinutes;
    if (set) alarm("TRIGGER", fmt::format("-PT{}M", delta), {});
  }

  void alarm(const char* name, const std::string& trigger, const Parameters& parameters) {
    lines_.raw("BEGIN", "VALARM");
    lines_.raw("ACTION", "DISPLAY");
    lines_.text("DESCRIPTION", "Reminder");
    lines_.raw(name, trigger, parameters);
    lines_.raw("END", "VALARM");
  }

  /// Files and messages that somebody put into it; those that hold exceptions are told from them by what they
  /// replace.
  void attachments() {
    for (const model::Attachment& a : item_.attachments) {
      const PropertyList& list = a.properties;
      std::string name = list.get_text(pid::kAttachLongFilename).value_or("");
      if (name.empty()) name = list.get_text(pid::kAttachFilename).value_or("");
      const bool exception =
          a.embedded && (named_time(a.embedded->properties, pset::kAppointment, kReplaceTime) ||
                         list.get_time(kAttachReplaceTime));
      if (a.embedded && !exception)
        attach_message(*a.embedded);
      else if (const auto* data = list.find(pid::kAttachDataBinary); !a.embedded && data != nullptr)
        attach(data->value, list.get_text(pid::kAttachMimeTag).value_or(""), name);
    }
  }

  void attach_message(const model::Item& message) {
    std::string eml;
    StringSink sink(eml);
    if (const Status done = write_eml(message, sink); done)
      attach(model::Value::of_bytes(std::move(eml)), "message/rfc822",
             subject_of(message.properties) + ".eml");
    else
      note_ = "a message attached to it cannot be read: " + done.error().what;
  }

  void attach(const model::Value& content, const std::string& type, const std::string& name) {
    lines_.binary("ATTACH", content,
                  {{"FMTTYPE", type}, {"ENCODING", "BASE64"}, {"VALUE", "BINARY"}, {"X-FILENAME", name}});
  }

  void end(const char* component) {
    if (!note_.empty()) lines_.text("COMMENT", note_);
    lines_.raw("END", component);
  }

  const model::Item& item_;
  const std::string_view method_;
  ContentLines lines_;
  std::string note_;
};

}  // namespace

Result<std::string> write_calendar(const model::Item& item, std::string_view method, ByteSink& out) {
  return CalendarWriter(item, method, out).write();
}

std::string_view meeting_method(std::string_view message_class) {
  if (is_class(message_class, "IPM.Schedule.Meeting.Request")) return "REQUEST";
  if (is_class(message_class, "IPM.Schedule.Meeting.Canceled")) return "CANCEL";
  return is_class(message_class, "IPM.Schedule.Meeting.Resp") ? "REPLY" : "";
}

}  // namespace mk::mime
