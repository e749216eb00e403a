#include "mime/recurrence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mime/spec_examples_test.h"

namespace mk::mime {
namespace {

using namespace std::chrono;
using testing::ElementsAre;
using Pattern = Recurrence::Pattern;

ByteString bytes_of(const char* hex) { return *from_hex(hex); }
Recurrence parse(const char* hex) {
  auto r = parse_appointment_recurrence(as_bytes(bytes_of(hex)), 1252);
  EXPECT_TRUE(r) << r.error().what;
  return r ? *std::move(r) : Recurrence{};
}
LocalTime at(int y, unsigned m, unsigned d, int hour = 0, int minute = 0) {
  return LocalTime(local_days(year(y) / month(m) / day(d))) + hours(hour) + minutes(minute);
}
std::vector<LocalTime> occurrences(const Recurrence& r, std::size_t n) {
  std::vector<LocalTime> out;
  for (local_days d = floor<days>(r.start_date);
       out.size() < n && d < floor<days>(r.start_date) + days(20000); d += days(1))
    if (occurs_on(r, d)) out.push_back(d);
  return out;
}

TEST(AppointmentRecurrence, ReadsTheWeeklyExample) {
  const Recurrence r = parse(kWeekly);
  EXPECT_EQ(r.frequency, Recurrence::Frequency::kWeekly);
  EXPECT_EQ(r.pattern, Pattern::kWeek);
  EXPECT_EQ(r.week_days, 0x32u);
  EXPECT_EQ(r.end_type, Recurrence::End::kAfterCount);
  EXPECT_EQ(r.start_date, at(2007, 3, 26));
  EXPECT_EQ(r.end_date, at(2007, 4, 20));
  EXPECT_EQ(r.start_offset, hours(10));
  EXPECT_EQ(r.end_offset, hours(10) + minutes(30));
  EXPECT_TRUE(r.deleted.empty());
  EXPECT_EQ(recurrence_rule(r), "FREQ=WEEKLY;BYDAY=MO,TH,FR;WKST=SU;COUNT=12");
  EXPECT_THAT(occurrences(r, 4),
              ElementsAre(at(2007, 3, 26), at(2007, 3, 29), at(2007, 3, 30), at(2007, 4, 2)));
  EXPECT_EQ(occurrences(r, 12).back(), r.end_date);
}

TEST(AppointmentRecurrence, ReadsTheExceptionOfTheExample) {
  const Recurrence r = parse(kWeeklyWithException);
  EXPECT_THAT(r.deleted, ElementsAre(at(2007, 4, 16)));
  ASSERT_EQ(r.exceptions.size(), 1u);
  const RecurrenceException& e = r.exceptions[0];
  EXPECT_EQ(e.original_start, at(2007, 4, 16, 10));
  EXPECT_EQ(e.start, at(2007, 4, 16, 11));
  EXPECT_EQ(e.end, at(2007, 4, 16, 11, 30));
  EXPECT_EQ(e.subject, "Simple Recurrence with exceptions");
  EXPECT_EQ(e.location, "34/4141");
  EXPECT_FALSE(e.busy_status || e.reminder_set || e.all_day || e.has_body);
}

TEST(AppointmentRecurrence, ReadsTheDailyExample) {
  const Recurrence r = parse(kDaily);
  EXPECT_EQ(r.pattern, Pattern::kDay);
  EXPECT_EQ(r.period, 3u);
  EXPECT_EQ(r.end_type, Recurrence::End::kByDate);
  EXPECT_EQ(recurrence_rule(r), "FREQ=DAILY;INTERVAL=3");
  EXPECT_EQ(r.start_date, at(2011, 4, 7));
  EXPECT_EQ(r.end_date, at(2011, 5, 4));
  EXPECT_THAT(r.deleted, ElementsAre(at(2011, 4, 19), at(2011, 4, 22)));
  EXPECT_THAT(occurrences(r, 3), ElementsAre(at(2011, 4, 7), at(2011, 4, 10), at(2011, 4, 13)));
}

TEST(AppointmentRecurrence, KnowsThatTheHebrewExampleHasNoRule) {
  const Recurrence r = parse(kHebrew);
  EXPECT_FALSE(is_gregorian(r));
  EXPECT_EQ(r.end_type, Recurrence::End::kNever);
  ASSERT_EQ(r.exceptions.size(), 1u);
  EXPECT_EQ(r.exceptions[0].reminder_delta_minutes, 60u);
  EXPECT_EQ(r.exceptions[0].busy_status, 1u);
  EXPECT_TRUE(r.exceptions[0].has_body);
}

TEST(AppointmentRecurrence, NamesWhereDataEnds) {
  const ByteString whole = bytes_of(kWeeklyWithException);
  constexpr std::size_t kEndOfExceptionInfo = 142;  // the Unicode texts behind it may be missing
  for (std::size_t n = 0; n < kEndOfExceptionInfo; ++n) {
    const auto r = parse_appointment_recurrence(as_bytes(whole).first(n), 1252);
    ASSERT_FALSE(r) << n;
    EXPECT_EQ(r.error().code, Code::kTruncated) << r.error().what;
  }
  const auto short_one = parse_appointment_recurrence(as_bytes(whole).first(kEndOfExceptionInfo), 1252);
  ASSERT_TRUE(short_one) << short_one.error().what;
  EXPECT_EQ(short_one->exceptions[0].subject, "Simple Recurrence with exceptions");
}

TEST(AppointmentRecurrence, RefusesWhatNeverMovesOn) {
  const struct {
    std::size_t at;
    char value;
    const char* field;
  } rows[] = {{0, 5, "ReaderVersion"}, {4, 0x0E, "PatternType"},       {6, 7, "PatternType"},
              {14, 0, "Period"},       {22, 0, "PatternTypeSpecific"}, {34, 7, "FirstDOW"}};
  for (const auto& row : rows) {
    ByteString bytes = bytes_of(kWeekly);
    bytes[row.at] = row.value;
    const auto r = parse_appointment_recurrence(as_bytes(bytes), 1252);
    ASSERT_FALSE(r) << row.field;
    EXPECT_EQ(r.error().code, Code::kCorrupt);
    EXPECT_THAT(r.error().what, testing::HasSubstr(row.field));
  }
}

Recurrence monthly(Pattern pattern, std::uint32_t period, LocalTime start) {
  Recurrence r;
  r.frequency = Recurrence::Frequency::kMonthly;
  r.pattern = pattern;
  r.period = period;
  r.end_type = Recurrence::End::kNever;
  r.start_date = start;
  return r;
}

TEST(RecurrenceRule, TakesTheLastDayWhereAMonthIsShorter) {
  Recurrence r = monthly(Pattern::kMonth, 1, at(2027, 1, 30));
  r.day = 30;
  EXPECT_EQ(recurrence_rule(r), "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1");
  EXPECT_THAT(occurrences(r, 3), ElementsAre(at(2027, 1, 30), at(2027, 2, 28), at(2027, 3, 30)));
  r.day = 29;
  EXPECT_EQ(recurrence_rule(r), "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1");
  r.day = 31;
  EXPECT_EQ(recurrence_rule(r), "FREQ=MONTHLY;BYMONTHDAY=-1");
  r.day = 28;
  EXPECT_EQ(recurrence_rule(r), "FREQ=MONTHLY;BYMONTHDAY=28");
}

TEST(RecurrenceRule, SaysYearsForTwelveMonths) {
  Recurrence r = monthly(Pattern::kMonth, 24, at(2028, 2, 29));
  r.frequency = Recurrence::Frequency::kYearly;
  r.day = 29;
  EXPECT_EQ(recurrence_rule(r), "FREQ=YEARLY;INTERVAL=2;BYMONTHDAY=-1;BYMONTH=2");
  EXPECT_THAT(occurrences(r, 3), ElementsAre(at(2028, 2, 29), at(2030, 2, 28), at(2032, 2, 29)));
  r = monthly(Pattern::kMonth, 12, at(2027, 5, 31));
  r.frequency = Recurrence::Frequency::kYearly;
  r.day = 30;
  EXPECT_EQ(recurrence_rule(r), "FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=5");
}

TEST(RecurrenceRule, FindsTheNthOfSomeDays) {
  Recurrence r = monthly(Pattern::kMonthNth, 1, at(2026, 11, 1));
  r.week_days = 0x3E;
  r.nth = 5;
  EXPECT_EQ(recurrence_rule(r), "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1");
  EXPECT_THAT(occurrences(r, 3), ElementsAre(at(2026, 11, 30), at(2026, 12, 31), at(2027, 1, 29)));
  r.week_days = 0x04;
  r.nth = 2;
  r.period = 2;
  EXPECT_EQ(recurrence_rule(r), "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU;BYSETPOS=2");
  EXPECT_THAT(occurrences(r, 3), ElementsAre(at(2026, 11, 10), at(2027, 1, 12), at(2027, 3, 9)));
}

TEST(RecurrenceRule, CountsWeeksFromTheirFirstDay) {
  Recurrence r;
  r.pattern = Pattern::kWeek;
  r.frequency = Recurrence::Frequency::kWeekly;
  r.period = 2;
  r.week_days = 0x05;               // Sunday and Tuesday
  r.start_date = at(2026, 11, 24);  // a Tuesday
  r.first_day_of_week = 1;
  EXPECT_EQ(recurrence_rule(r), "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=MO");
  EXPECT_THAT(occurrences(r, 3), ElementsAre(at(2026, 11, 24), at(2026, 11, 29), at(2026, 12, 8)));
  r.first_day_of_week = 0;
  EXPECT_THAT(occurrences(r, 3), ElementsAre(at(2026, 11, 24), at(2026, 12, 6), at(2026, 12, 8)));
  r.week_days = 0x20;  // the series begins on its first Friday
  EXPECT_EQ(first_day(r), local_days(year(2026) / 11 / 27));
}

}  // namespace
}  // namespace mk::mime
