#include "agent/plan/timing.h"

#include <gtest/gtest.h>

#include <random>

#include "agent/plan/timings_test.h"
#include "agent/plan/wall_clock_test.h"

namespace mk::agent {
namespace {

using namespace std::chrono;
using job::Kind;

Zone zone(const char* name) { return *Zone::find(name); }

/// The first `n` times after `after`; of an interval, with that as the anchor.
std::vector<std::string> times(const Timing& t, const char* zone_name, const char* after, int n) {
  std::vector<std::string> found;
  const Moment anchor = utc(after);
  std::optional<Moment> at = anchor;
  while (n-- > 0 && (at = next_time(t, zone(zone_name), anchor, *at))) found.push_back(text(*at));
  return found;
}

using Times = std::vector<std::string>;

std::string refused(const Timing& t, Kind kind = Kind::kFull) {
  const Status s = validate(t, kind);
  if (s) return "";
  EXPECT_EQ(s.error().code, Code::kInvalid);
  return s.error().what;
}

TEST(Timing, NamesTheFieldThatIsWrongAndWhatItMayBe) {
  EXPECT_EQ(refused(daily(hours(24))), "full: at: 1440 minutes after midnight; choose 00:00 to 23:59");
  EXPECT_EQ(refused(daily(minutes(-1)), Kind::kIncremental),
            "incremental: at: -1 minutes after midnight; choose 00:00 to 23:59");
  for (const unsigned day : {0u, 32u})
    EXPECT_NE(refused(monthly(day, hours(2))).find("day: " + std::to_string(day) + "; choose 1 to 31"),
              std::string::npos);
  EXPECT_EQ(refused(weekly(0, hours(2))), "full: weekdays: none is chosen; choose at least one");
  EXPECT_EQ(refused(every(hours(1), 0)), "full: weekdays: none is chosen; choose at least one");
  EXPECT_EQ(refused(every(hours(1), 0x80)), "full: weekdays: there are seven, Monday to Sunday");
  for (const minutes d : {minutes(0), minutes(-5), minutes(days(31)) + minutes(1)})
    EXPECT_NE(refused(every(d)).find("choose 1 minute to 31 days"), std::string::npos);
  EXPECT_EQ(refused(once(year(2027) / 2 / 29, hours(2))),
            "full: date: 2027-02-29 is not a day of the years 2000 to 2199");
  EXPECT_NE(refused(once(year(2200) / 1 / 1, hours(2))), "");
  EXPECT_NE(refused(Timing{.kind = Timing::Kind::kOnce}), "");
}

TEST(Timing, OfAnIncrementalIsNeitherMonthlyNorOnce) {
  for (const Timing& t : {monthly(1, hours(2)), once(year(2027) / 2 / 28, hours(2))}) {
    EXPECT_EQ(refused(t), "");
    EXPECT_EQ(refused(t, Kind::kIncremental),
              "incremental: kind: not for incrementals; choose weekly, daily or every few hours");
  }
}

TEST(Timing, ThatMayNeverMeetItsWeekdaysIsRefused) {
  EXPECT_EQ(refused(every(hours(24), 1)), "");
  EXPECT_EQ(refused(every(days(31))), "");
  EXPECT_NE(refused(every(days(7), 1)).find("an interval of 168:00 hours may never meet the weekdays"),
            std::string::npos);
}

TEST(Timing, ADayThatAShorterMonthDoesNotHaveIsItsLastDay) {
  EXPECT_EQ(times(monthly(31, hours(2)), "UTC", "2027-12-31T02:00Z", 5),
            (Times{"2028-01-31T02:00:00Z", "2028-02-29T02:00:00Z", "2028-03-31T02:00:00Z",
                   "2028-04-30T02:00:00Z", "2028-05-31T02:00:00Z"}));
  EXPECT_EQ(times(monthly(29, hours(2)), "UTC", "2027-01-29T02:00Z", 2),
            (Times{"2027-02-28T02:00:00Z", "2027-03-29T02:00:00Z"}));
  EXPECT_EQ(times(monthly(30, hours(2)), "UTC", "2100-01-30T02:00Z", 1), (Times{"2100-02-28T02:00:00Z"}));
  EXPECT_EQ(times(monthly(1, minutes(0)), "Asia/Tokyo", "2027-12-31T14:59:59Z", 1),
            (Times{"2027-12-31T15:00:00Z"}));
}

TEST(Timing, ThatTheClockLeavesOutIsDueWhenItHasBeenPutForward) {
  // Berlin, 2027-03-28: 02:00 becomes 03:00
  EXPECT_EQ(times(daily(minutes(150)), "Europe/Berlin", "2027-03-27T00:00Z", 3),
            (Times{"2027-03-27T01:30:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"}));
  EXPECT_EQ(times(daily(hours(3)), "Europe/Berlin", "2027-03-28T00:00Z", 1), (Times{"2027-03-28T01:00:00Z"}));
  // Lord Howe, 2026-10-04: 02:00 becomes 02:30
  EXPECT_EQ(times(daily(minutes(135)), "Australia/Lord_Howe", "2026-10-03T00:00Z", 2),
            (Times{"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}));
  // Beirut, 2027-03-28: there is no midnight
  EXPECT_EQ(times(daily(minutes(0)), "Asia/Beirut", "2027-03-27T12:00Z", 1), (Times{"2027-03-27T22:00:00Z"}));
}

TEST(Timing, ThatTheClockShowsTwiceIsDueOnce) {
  // Berlin, 2027-10-31: 03:00 becomes 02:00; New York, 2027-11-07: 02:00 becomes 01:00
  EXPECT_EQ(times(daily(minutes(150)), "Europe/Berlin", "2027-10-30T12:00Z", 2),
            (Times{"2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"}));
  EXPECT_EQ(times(daily(minutes(90)), "America/New_York", "2027-11-07T00:00Z", 2),
            (Times{"2027-11-07T05:30:00Z", "2027-11-08T06:30:00Z"}));
  EXPECT_EQ(times(daily(minutes(105)), "Australia/Lord_Howe", "2026-04-04T00:00Z", 2),
            (Times{"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}));
}

TEST(Timing, OfADayThatAZoneLeftOutIsDueOnceAtTheNextMidnight) {
  // Apia had no 2011-12-30; the midnights of that day and the next are one moment
  EXPECT_EQ(times(daily(minutes(0)), "Pacific/Apia", "2011-12-28T11:00Z", 3),
            (Times{"2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"}));
  EXPECT_EQ(times(daily(hours(10)), "Pacific/Apia", "2011-12-29T11:00Z", 3),
            (Times{"2011-12-29T20:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T20:00:00Z"}));
}

TEST(Timing, AnIntervalCountsElapsedTime) {
  EXPECT_EQ(times(every(hours(12)), "Europe/Berlin", "2027-03-27T17:00Z", 3),
            (Times{"2027-03-28T05:00:00Z", "2027-03-28T17:00:00Z", "2027-03-29T05:00:00Z"}));
  EXPECT_EQ(times(every(minutes(90)), "UTC", "2027-01-01T10:07:31Z", 2),
            (Times{"2027-01-01T11:37:31Z", "2027-01-01T13:07:31Z"}));
}

TEST(Timing, AnIntervalLeavesOutTheWeekdaysOfItsZone) {
  const Weekdays workdays = 0x1F;
  // New York's Saturday 2027-01-02 begins at 05:00 UTC, its Monday two days later
  EXPECT_EQ(times(every(hours(3), workdays), "America/New_York", "2027-01-01T23:00Z", 3),
            (Times{"2027-01-02T02:00:00Z", "2027-01-04T05:00:00Z", "2027-01-04T08:00:00Z"}));
}

TEST(Timing, OfASingleDateIsDueOnce) {
  const Timing t = once(year(2028) / 2 / 29, hours(22));
  EXPECT_EQ(times(t, "America/New_York", "2026-01-01", 5), (Times{"2028-03-01T03:00:00Z"}));
  EXPECT_EQ(times(t, "America/New_York", "2028-03-01T03:00Z", 5), Times{});
}

TEST(Zone, ThatIsNotKnownIsNamed) {
  for (const char* name :
       {"Europe/Berln", "", "../../etc/passwd", "right/Europe/Berlin", "Europe", "\x1b[31m"}) {
    const auto found = Zone::find(name);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, Code::kInvalid);
    EXPECT_NE(found.error().what.find("for example Europe/Berlin"), std::string::npos);
    EXPECT_EQ(found.error().what.find('\x1b'), std::string::npos);
  }
  EXPECT_NE(Zone::find("Europe/Berln").error().what.find("\"Europe/Berln\""), std::string::npos);
}

/// Any timing, rather one near the hours at which clocks are changed.
Timing any_timing(std::mt19937& random, Moment from) {
  const auto up_to = [&](unsigned n) { return random() % n; };
  Timing t{.kind = static_cast<Timing::Kind>(up_to(5))};
  t.at = up_to(2) == 0 ? minutes(up_to(24 * 60)) : minutes(up_to(4 * 60));
  t.day = 1 + static_cast<unsigned>(up_to(31));
  t.weekdays = static_cast<Weekdays>(1 + up_to(kAllDays));
  t.every = up_to(2) == 0 ? minutes(1 + up_to(24 * 60)) : minutes(1 + up_to(31 * 24 * 60));
  if (t.every > hours(24)) t.weekdays = kAllDays;
  t.date = year_month_day(floor<days>(from) + days(up_to(320)));
  return t;
}

TEST(Timing, IsAsAScanOfAllMinutesFindsIt) {
  const std::pair<const char*, const char*> spans[] = {{"UTC", "2028-01-15"},
                                                       {"Europe/Berlin", "2028-01-15"},
                                                       {"America/New_York", "2028-01-15"},
                                                       {"Australia/Lord_Howe", "2028-01-15"},
                                                       {"America/Havana", "2028-01-15"},
                                                       {"Africa/Cairo", "2028-01-15"},
                                                       {"Asia/Beirut", "2028-01-15"},
                                                       {"Africa/Casablanca", "2028-01-15"},
                                                       {"America/Sao_Paulo", "2018-01-15"},
                                                       {"Pacific/Apia", "2011-08-15"}};
  std::mt19937 random(1);
  for (const auto& [name, begin] : spans) {
    const Moment from = utc(begin);
    const WallClock wall(name, from, days(320));
    for (int i = 0; i < 25; ++i) {
      const Timing t = any_timing(random, from);
      ASSERT_TRUE(validate(t, Kind::kFull));
      const Moment anchor = from + minutes(random() % 2880);
      std::optional<Moment> at = from;
      for (const Moment expected : wall.times(t, anchor)) {
        at = next_time(t, zone(name), anchor, *at);
        ASSERT_TRUE(at) << name;
        ASSERT_EQ(text(*at), text(expected)) << name << ", kind " << int(t.kind) << " at " << t.at.count();
      }
      at = next_time(t, zone(name), anchor, *at);
      EXPECT_TRUE(!at || *at > WallClock::moment(wall.last())) << name << text(*at);
    }
  }
}

}  // namespace
}  // namespace mk::agent
