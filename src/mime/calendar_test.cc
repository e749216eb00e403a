#include "mime/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "base/file.h"
#include "mime/address.h"
#include "mime/content_lines.h"
#include "mime/eml.h"
#include "mime/export.h"
#include "mime/named.h"
#include "mime/plain_text.h"
#include "mime/spec_examples_test.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

namespace pid = model::pid;
namespace pset = model::pset;
using model::PropTag;
using model::PropType;
using testing::HasSubstr;
using testing::Not;

void set_named(model::PropertyList& list, const Guid& set, std::uint32_t lid, PropType type,
               ByteString value) {
  list.set(
      {PropTag(0x8000, type), model::lid_name(set, lid), model::Value::of_bytes(std::move(value)), false});
}
void set_time(model::PropertyList& list, const Guid& set, std::uint32_t lid, const char* utc) {
  set_named(list, set, lid, PropType::kTime, le_bytes(parse_utc(utc)->ticks));
}
void set_integer(model::PropertyList& list, const Guid& set, std::uint32_t lid, std::int32_t value) {
  set_named(list, set, lid, PropType::kInteger32, le_bytes(value));
}

model::Item appointment(const char* start, const char* end) {
  model::Item item;
  model::PropertyList& list = item.properties;
  list.set_text(pid::kMessageClass, "IPM.Appointment");
  list.set_text(pid::kSubject, "Simple Recurrence");
  list.set_time(pid::kLastModificationTime, *parse_utc("2007-03-20T12:00"));
  list.set_binary(pid::kSearchKey, "0123456789abcdef");
  set_time(list, pset::kAppointment, 0x820D, start);
  set_time(list, pset::kAppointment, 0x820E, end);
  set_named(list, pset::kAppointment, 0x8208, PropType::kString,
            ByteString("3\0004\0/\0004\0006\0003\0009\0", 14));
  return item;
}
void set_series(model::Item& item, const char* blob) {
  set_named(item.properties, pset::kAppointment, 0x8216, PropType::kBinary, *from_hex(blob));
  set_named(item.properties, pset::kAppointment, 0x8260, PropType::kBinary, *from_hex(kPacific));
}
void add_recipient(model::Item& item, std::int32_t type, std::int32_t track_status, const Address& a) {
  model::PropertyList r;
  r.set_integer32(pid::kRecipientType, type);
  r.set_integer32(0x5FFF, track_status);
  set_address(r, kRecipient, a);
  item.recipients.push_back(std::move(r));
}

std::string written(const model::Item& item, std::string* note = nullptr) {
  std::string out;
  StringSink sink(out);
  const auto done = write_calendar(item, "", sink);
  EXPECT_TRUE(done) << done.error().what;
  if (done && note != nullptr) *note = *done;
  return out;
}

/// What tests/e2e/calendar_test.py judges with other people's parsers. MK_ACCEPT=1 writes it anew.
void expect_golden(const std::string& name, const std::string& ics) {
  const auto path = std::filesystem::path(MK_SOURCE_DIR) / "src/mime/testdata/calendar" / name;
  if (std::getenv("MK_ACCEPT") != nullptr) {
    ASSERT_TRUE(write_file_atomically(path, as_bytes(ics)));
  }
  EXPECT_EQ(ics, *read_file(path)) << name;
}

model::Item weekly_with_exception() {
  model::Item item = appointment("2007-03-26T17:00", "2007-03-26T17:30");
  set_series(item, kWeeklyWithException);
  item.properties.set_text(pid::kBody, "Bring the plan; all of it.\r\n");
  set_integer(item.properties, pset::kAppointment, 0x8217, 1);
  set_integer(item.properties, pset::kCommon, 0x8501, 30);
  set_named(item.properties, pset::kCommon, 0x8503, PropType::kBoolean, ByteString("\1\0", 2));
  set_address(item.properties, kRepresenting, {"Ada Lovelace", "SMTP", "ada@example.test"});
  add_recipient(item, 1, 3, {"Babbage, Charles", "SMTP", "charles@example.test"});
  add_recipient(item, 2, 0, {"Optional", "SMTP", "optional@example.test"});
  add_recipient(item, 3, 0, {"Room 1", "SMTP", "room@example.test"});
  model::Attachment a;
  a.embedded = std::make_unique<model::Item>();
  a.embedded->properties.set_text(pid::kBody, "Only today.");
  set_time(a.embedded->properties, pset::kAppointment, 0x8228, "2007-04-16T17:00");
  item.attachments.push_back(std::move(a));
  return item;
}

TEST(WriteCalendar, WritesASeriesWithItsException) {
  const std::string ics = written(weekly_with_exception());
  for (const char* line :
       {"TZID:Pacific Standard Time\r\n", "DTSTART;TZID=Pacific Standard Time:20070326T100000\r\n",
        "DTEND;TZID=Pacific Standard Time:20070326T103000\r\n",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,TH,FR;WKST=SU;COUNT=12\r\n",
        "RECURRENCE-ID;TZID=Pacific Standard Time:20070416T100000\r\n",
        "DTSTART;TZID=Pacific Standard Time:20070416T110000\r\n",
        "SUMMARY:Simple Recurrence with exceptions\r\n", "LOCATION:34/4141\r\n",
        "DESCRIPTION:Only today.\r\n", "DESCRIPTION:Bring the plan\\; all of it.\r\n",
        "ORGANIZER;CN=Ada Lovelace:mailto:ada@example.test\r\n", "TRIGGER:-PT30M\r\n"})
    EXPECT_THAT(ics, HasSubstr(line));
  EXPECT_THAT(ics, Not(HasSubstr("EXDATE")));
  expect_golden("weekly_with_exception.ics", ics);
}

TEST(WriteCalendar, WritesDeletedOccurrencesAndAnEnd) {
  model::Item item = appointment("2011-04-07T15:00", "2011-04-07T15:30");
  set_series(item, kDaily);
  const std::string ics = written(item);
  EXPECT_THAT(ics, HasSubstr("RRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20110504T150000Z\r\n"));
  EXPECT_THAT(ics, HasSubstr("EXDATE;TZID=Pacific Standard Time:20110419T080000\r\n"));
  EXPECT_THAT(ics, HasSubstr("EXDATE;TZID=Pacific Standard Time:20110422T080000\r\n"));
  EXPECT_THAT(ics, Not(HasSubstr("ORGANIZER")));
  expect_golden("daily_until.ics", ics);
}

TEST(WriteCalendar, GivesWholeDaysTheirDate) {
  for (const char* start :
       {"2026-11-21T23:00", "2026-11-22T00:00", "2026-11-22T08:00"}) {  // midnight in three zones
    const FileTime begin = *parse_utc(start);
    model::Item item = appointment(start, format_utc({begin.ticks + 864'000'000'000}).c_str());
    set_named(item.properties, pset::kAppointment, 0x8215, PropType::kBoolean, ByteString("\1\0", 2));
    const std::string ics = written(item);
    EXPECT_THAT(ics, HasSubstr("DTSTART;VALUE=DATE:20261122\r\nDTEND;VALUE=DATE:20261123\r\n")) << start;
    EXPECT_THAT(ics, Not(HasSubstr("VTIMEZONE")));
    expect_golden("whole_day.ics", ics);
  }
}

TEST(WriteCalendar, UsesTheZoneInWhichASingleAppointmentIsShown) {
  model::Item item = appointment("2026-07-01T17:00", "2026-07-01T18:00");
  EXPECT_THAT(written(item), HasSubstr("DTSTART:20260701T170000Z\r\n"));
  set_named(item.properties, pset::kAppointment, 0x825E, PropType::kBinary, *from_hex(kPacific));
  EXPECT_THAT(written(item), HasSubstr("DTSTART;TZID=Pacific Standard Time:20260701T100000\r\n"));
}

TEST(WriteCalendar, SaysWhatItCouldNotWrite) {
  model::Item item = appointment("2008-04-08T15:00", "2008-04-08T15:30");
  std::string note;
  set_series(item, kHebrew);
  std::string ics = written(item, &note);
  EXPECT_THAT(note, HasSubstr("calendar 8"));
  EXPECT_THAT(ics, HasSubstr("COMMENT:a series in calendar 8"));
  set_series(item, "0430");
  ics = written(item, &note);
  EXPECT_THAT(note, HasSubstr("only its first appointment: RecurrencePattern.WriterVersion"));
  EXPECT_THAT(ics, Not(HasSubstr("BEGIN:VEVENT\r\nRRULE")));
  EXPECT_THAT(ics, HasSubstr("DTSTART"));
}

TEST(WriteCalendar, WritesStateAndPrivacy) {
  model::Item item = appointment("2026-07-01T17:00", "2026-07-01T18:00");
  set_integer(item.properties, pset::kAppointment, 0x8205, 0);
  set_integer(item.properties, pset::kAppointment, 0x8217, 5);
  item.properties.set_integer32(pid::kSensitivity, 2);
  item.properties.set_integer32(pid::kImportance, 2);
  for (const char* line : {"TRANSP:TRANSPARENT\r\n", "X-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n",
                           "STATUS:CANCELLED\r\n", "CLASS:PRIVATE\r\n", "PRIORITY:1\r\n"})
    EXPECT_THAT(written(item), HasSubstr(line));
}

TEST(WriteCalendar, KeepsTheIdOfMeetingsFromElsewhere) {
  model::Item item = appointment("2026-07-01T17:00", "2026-07-01T18:00");
  const ByteString head = *from_hex("040000008200E00074C5B7101A82E008") + *from_hex("07D70410");
  set_named(item.properties, kMeetingSet, 0x0003, PropType::kBinary, head + ByteString(20, '\0') + "id");
  EXPECT_THAT(written(item), HasSubstr("UID:040000008200E00074C5B7101A82E00800000000"));
  set_named(item.properties, kMeetingSet, 0x0003, PropType::kBinary,
            head + ByteString(20, '\0') + ByteString("vCal-Uid\1\0\0\0x@google.test\0", 26));
  EXPECT_THAT(written(item), HasSubstr("UID:x@google.test\r\n"));
}

TEST(WriteCalendar, WritesATask) {
  model::Item item;
  item.properties.set_text(pid::kMessageClass, "IPM.Task");
  item.properties.set_text(pid::kSubject, "Water the plants");
  set_time(item.properties, pset::kTask, 0x8104, "2026-11-22T00:00");
  set_time(item.properties, pset::kTask, 0x8105, "2026-11-24T00:00");
  set_integer(item.properties, pset::kTask, 0x8101, 1);
  set_named(item.properties, pset::kTask, 0x8102, PropType::kFloating64, le_bytes(0.25));
  set_named(item.properties, pset::kTask, 0x8116, PropType::kBinary, *from_hex(kWeekly));
  const std::string ics = written(item);
  for (const char* line :
       {"BEGIN:VTODO\r\n", "DTSTART;VALUE=DATE:20261122\r\n", "DUE;VALUE=DATE:20261124\r\n",
        "STATUS:IN-PROCESS\r\n", "PERCENT-COMPLETE:25\r\n", "RRULE:FREQ=WEEKLY"})
    EXPECT_THAT(ics, HasSubstr(line));
  expect_golden("task.ics", ics);
  set_time(item.properties, pset::kTask, 0x8105, "4501-01-01T00:00");
  EXPECT_THAT(written(item), Not(HasSubstr("DUE")));
}

TEST(WriteCalendar, HoldsFilesAndMessages) {
  model::Item item = appointment("2026-07-01T17:00", "2026-07-01T18:00");
  item.attachments.resize(2);
  item.attachments[0].properties.set_text(pid::kAttachLongFilename, "plan.txt");
  item.attachments[0].properties.set_binary(pid::kAttachDataBinary, ByteString(100'000, 'x'));
  item.attachments[1].embedded = std::make_unique<model::Item>();
  item.attachments[1].embedded->properties.set_text(pid::kSubject, "Read this");
  std::string note;
  const std::string ics = written(item, &note);
  EXPECT_EQ(note, "");
  std::string unfolded = ics;
  for (std::size_t at; (at = unfolded.find("\r\n ")) != std::string::npos;) unfolded.erase(at, 3);
  const std::string file = "X-FILENAME=plan.txt:" + to_base64(as_bytes(ByteString(100'000, 'x'))) + "\r\n";
  EXPECT_NE(unfolded.find(file), std::string::npos);
  const char message[] =
      "ATTACH;FMTTYPE=message/rfc822;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=Read this.eml:";
  EXPECT_NE(unfolded.find(message), std::string::npos);
}

TEST(WriteCalendar, CannotBeMadeToAddLines) {
  const std::string evil = "x\r\nATTACH:file:///etc\r\nEND:VEVENT";
  model::Item item = appointment("2026-07-01T17:00", "2026-07-01T18:00");
  item.properties.set_text(pid::kSubject, evil);
  item.properties.set_text(pid::kBody, evil);
  set_address(item.properties, kRepresenting, {evil, "SMTP", evil});
  add_recipient(item, 1, 0, {evil + "\"", "SMTP", evil});
  const std::string ics = written(item);
  EXPECT_THAT(ics, Not(HasSubstr("\nATTACH")));
  EXPECT_EQ(ics.find("\nEND:VEVENT"), ics.rfind("\nEND:VEVENT"));
}

TEST(WriteCalendar, BearsDamage) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    model::Item item = weekly_with_exception();
    set_named(item.properties, pset::kAppointment, 0x8233, PropType::kBinary, ByteString(48, '\1'));
    set_named(item.properties, kMeetingSet, 0x0003, PropType::kBinary, ByteString(60, '\2'));
    for (model::Property& p : item.properties) {
      ByteString bytes(as_chars(p.value.bytes()));
      for (auto n = random() % 3; n > 0 && !bytes.empty(); --n)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      if (random() % 10 == 0) bytes.resize(random() % (bytes.size() + 1));
      p.value = model::Value::of_bytes(std::move(bytes));
    }
    const std::string ics = written(item);
    ASSERT_TRUE(ics.ends_with("END:VCALENDAR\r\n"));
    ASSERT_NE(ics.find("UID:"), std::string::npos);
  }
}

TEST(WriteEml, BringsMeetingMailAsCalendarToo) {
  model::Item item = appointment("2026-07-01T17:00", "2026-07-01T18:00");
  item.properties.set_text(pid::kMessageClass, "IPM.Schedule.Meeting.Request");
  item.properties.set_text(pid::kBody, "Come.");
  add_recipient(item, 1, 0, {"Charles", "SMTP", "charles@example.test"});
  std::string eml;
  StringSink sink(eml);
  ASSERT_TRUE(write_eml(item, sink));
  EXPECT_THAT(eml, HasSubstr("Content-Type: multipart/alternative"));
  EXPECT_THAT(eml, HasSubstr("Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n"));
  EXPECT_THAT(eml, HasSubstr("METHOD:REQUEST\r\n"));
  EXPECT_THAT(eml, HasSubstr("RSVP=TRUE"));
}

TEST(FormOf, GoesByClass) {
  const struct {
    const char* kind;
    Form form;
  } rows[] = {{"IPM.Note", Form::kEml},
              {"ipm.appointment", Form::kIcs},
              {"IPM.Appointment.Custom", Form::kIcs},
              {"IPM.TaskRequest", Form::kEml},
              {"IPM.Task", Form::kIcs},
              {"IPM.Activity", Form::kIcs},
              {"IPM.Contact", Form::kVcf},
              {"IPM.DistList", Form::kVcf},
              {"", Form::kEml}};
  for (const auto& row : rows) {
    model::Item item;
    item.properties.set_text(pid::kMessageClass, row.kind);
    EXPECT_EQ(form_of(item), row.form) << row.kind;
  }
}

TEST(ContentLines, FoldsAtCharacters) {
  std::string out, text;
  for (int i = 0; i < 100; ++i) text += "\u00FC\u65E5\U0001F600";
  StringSink sink(out);
  ContentLines lines(sink);
  lines.text("SUMMARY", text);
  ASSERT_TRUE(lines.finish());
  std::string joined;
  for (std::size_t at = 0, end; (end = out.find("\r\n", at)) != std::string::npos; at = end + 2) {
    EXPECT_LE(end - at, 75u);
    EXPECT_NE(static_cast<unsigned char>(out.c_str()[std::min(end + 3, out.size())]) & 0xC0, 0x80);
    joined += out.substr(at == 0 ? 0 : at + 1, end - at - (at == 0 ? 0 : 1));
  }
  EXPECT_EQ(joined, "SUMMARY:" + text);
}

TEST(TextOfHtml, GivesWhatAReaderSees) {
  EXPECT_EQ(
      text_of_html(
          "<html><head><title>T</title></head><style>p {}</style><body><p>a &amp; b</p>\n<p>c<br>d&#233;"
          "</p><!-- x --><script>1<2</script></body>"),
      "a & b\nc\nd\u00E9");
  EXPECT_EQ(text_of_html("a < b & c &unknown; <"), "a");
  EXPECT_EQ(text_of_html("<"), "");
}

}  // namespace
}  // namespace mk::mime
