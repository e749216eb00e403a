#include "agent/plan/planner.h"

#include <gtest/gtest.h>

#include "agent/plan/service_test.h"

namespace mk::agent {
namespace {

using namespace std::chrono;
using job::Kind;

// 2027-01-01 is a Friday
constexpr Weekdays kMonday = 1, kSunday = 0x40, kWorkdays = 0x1F;

TEST(Planner, RefusesWhatCannotBePlanned) {
  EXPECT_EQ(Planner::make(schedule(daily(hours(25)))).error().what.substr(0, 9), "full: at:");
  EXPECT_EQ(Planner::make(schedule(daily(hours(2)), monthly(1, hours(2)))).error().what.substr(0, 18),
            "incremental: kind:");
  EXPECT_EQ(Planner::make(schedule(daily(hours(2)), {}, "Mars/Base")).error().code, Code::kInvalid);
}

TEST(Planner, AnIntervalRunsAtItsCreationAndAtEveryStartAndCountsFromThere) {
  Service s(schedule(every(hours(1))), "2027-01-01T10:00");
  EXPECT_EQ(s.run_until("2027-01-01T10:10").take_log(), (Lines{"full 2027-01-01T10:00:00Z, created"}));
  EXPECT_EQ(s.planner.next_runs(s.state, s.now, 1).at(0).at, utc("2027-01-01T11:00"));
  s.down_until("2027-01-01T10:15");
  EXPECT_EQ(
      s.run_until("2027-01-01T12:30").take_log(),
      (Lines{"full 2027-01-01T10:15:00Z, start", "full 2027-01-01T11:15:00Z", "full 2027-01-01T12:15:00Z"}));
}

TEST(Planner, AnIntervalThatRunsOnlyIfMissedGoesOnWhenNothingWas) {
  Timing hourly = every(hours(1));
  hourly.only_if_missed = true;
  Service s(schedule(hourly), "2027-01-01T10:00");
  s.run_until("2027-01-01T10:10").down_until("2027-01-01T10:15").run_until("2027-01-01T11:10");
  EXPECT_EQ(s.take_log(), (Lines{"full 2027-01-01T10:00:00Z, created", "full 2027-01-01T11:00:00Z"}));
  s.down_until("2027-01-01T14:20").run_until("2027-01-01T15:30");
  EXPECT_EQ(s.take_log(), (Lines{"full 2027-01-01T14:20:00Z, start", "full 2027-01-01T15:20:00Z"}));
}

TEST(Planner, WeekdaysThatAreNotChosenSuppressAnInterval) {
  Service s(schedule(every(hours(8), kWorkdays)), "2027-01-01T12:00");  // Friday
  s.run_until("2027-01-04T12:00");
  EXPECT_EQ(s.take_log(), (Lines{"full 2027-01-01T12:00:00Z, created", "full 2027-01-01T20:00:00Z",
                                 "full 2027-01-04T04:00:00Z", "full 2027-01-04T12:00:00Z"}));
  s.run_until("2027-01-08T19:00").take_log();
  s.down_until("2027-01-09T10:30").run_until("2027-01-11T08:00");  // a start on Saturday
  EXPECT_EQ(s.take_log(), (Lines{"no full 2027-01-08T20:00:00Z, down", "full 2027-01-11T02:30:00Z"}));
  Service saturday(schedule(every(hours(8), kWorkdays)), "2027-01-02T12:00");  // created on one
  EXPECT_EQ(saturday.run_until("2027-01-04T05:00").take_log(), (Lines{"full 2027-01-04T04:00:00Z"}));
}

TEST(Planner, ATimeOfTheCalendarThatTheServiceMissedIsToldAndNotRun) {
  Service s(schedule(weekly(kSunday, hours(2)), daily(hours(22))), "2027-01-01T12:00");
  s.state.has_full = true;
  s.down_until("2027-01-04T12:00").run_until("2027-01-05T00:00");
  EXPECT_EQ(s.take_log(),
            (Lines{"no full 2027-01-03T02:00:00Z, down", "no incremental 2027-01-01T22:00:00Z, down",
                   "no incremental 2027-01-02T22:00:00Z, down", "no incremental 2027-01-03T22:00:00Z, down",
                   "incremental 2027-01-04T22:00:00Z"}));
}

TEST(Planner, WhatIsDueJustWhenTheServiceStartsIsInTime) {
  Service s(schedule(daily(hours(2))), "2027-01-01T12:00");
  EXPECT_EQ(s.down_until("2027-01-02T02:00").run_until("2027-01-02T12:00").take_log(),
            (Lines{"full 2027-01-02T02:00:00Z"}));
  EXPECT_EQ(s.down_until("2027-01-03T02:00:01").run_until("2027-01-03T12:00").take_log(),
            (Lines{"no full 2027-01-03T02:00:00Z, down"}));
}

TEST(Planner, OfTwoDueAtOnceTheFullWins) {
  Service s(schedule(weekly(kSunday, hours(2)), daily(hours(2))), "2027-01-01T12:00");
  s.state.has_full = true;
  EXPECT_EQ(s.run_until("2027-01-04T12:00").take_log(),
            (Lines{"incremental 2027-01-02T02:00:00Z", "full 2027-01-03T02:00:00Z",
                   "incremental 2027-01-04T02:00:00Z"}));
  Service start(schedule(every(hours(24)), every(hours(1))), "2027-01-01T12:00");
  start.run_until("2027-01-01T13:30").down_until("2027-01-01T13:45").run_until("2027-01-01T14:50");
  EXPECT_EQ(start.take_log(),
            (Lines{"full 2027-01-01T12:00:00Z, created", "incremental 2027-01-01T13:00:00Z",
                   "full 2027-01-01T13:45:00Z, start", "incremental 2027-01-01T14:45:00Z"}));
}

TEST(Planner, AnIncrementalWithoutAFullBecomesOneUntilOneHasSucceeded) {
  Service s(schedule(monthly(15, hours(2)), daily(hours(22))), "2027-01-01T12:00");
  s.succeeds = false;
  s.run_until("2027-01-02T23:00");
  s.succeeds = true;
  s.run_until("2027-01-04T23:00");
  EXPECT_EQ(s.take_log(), (Lines{"full 2027-01-01T22:00:00Z, first", "full 2027-01-02T22:00:00Z, first",
                                 "full 2027-01-03T22:00:00Z, first", "incremental 2027-01-04T22:00:00Z"}));
}

TEST(Planner, ARunLongerThanItsIntervalPassesTimesOverAndKeepsTheGrid) {
  Service s(schedule(every(minutes(30))), "2027-01-01T10:00");
  s.lasts = minutes(70);
  EXPECT_EQ(s.run_until("2027-01-01T12:00").take_log(),
            (Lines{"full 2027-01-01T10:00:00Z, created", "no full 2027-01-01T10:30:00Z, busy",
                   "no full 2027-01-01T11:00:00Z, busy", "full 2027-01-01T11:30:00Z",
                   "no full 2027-01-01T12:00:00Z, busy"}));
}

TEST(Planner, AFullWaitsForTheIncrementalThatIsUnderWay) {
  Service s(schedule(daily(hours(2)), every(hours(3))), "2027-01-01T01:30");
  s.state.has_full = true;
  s.lasts = minutes(100);
  EXPECT_EQ(s.run_until("2027-01-01T08:00").take_log(),
            (Lines{"incremental 2027-01-01T01:30:00Z, created", "full 2027-01-01T02:00:00Z",
                   "no incremental 2027-01-01T04:30:00Z, busy", "incremental 2027-01-01T07:30:00Z"}));
  EXPECT_EQ(s.runs.size(), 3u);
}

TEST(Planner, AFullThatWaitedWhenTheServiceStoppedRunsWhenItStarts) {
  Service s(schedule(daily(hours(2)), daily(hours(1))), "2027-01-01T00:30");
  s.state.has_full = true;
  s.lasts = hours(3);
  EXPECT_EQ(
      s.run_until("2027-01-01T03:00").down_until("2027-01-01T03:20").run_until("2027-01-01T12:00").take_log(),
      (Lines{"incremental 2027-01-01T01:00:00Z", "full 2027-01-01T02:00:00Z"}));
}

TEST(Planner, WhatIsNoticedMuchTooLateIsNotRunExceptAnInterval) {
  Service s(schedule(daily(hours(2))), "2027-01-01T12:00");
  EXPECT_EQ(s.run_until("2027-01-02T01:59").clock_says("2027-01-02T02:05").take_log(),
            (Lines{"full 2027-01-02T02:00:00Z"}));
  EXPECT_EQ(s.run_until("2027-01-03T01:59").clock_says("2027-01-05T02:05:01").take_log(),
            (Lines{"no full 2027-01-03T02:00:00Z, late", "no full 2027-01-04T02:00:00Z, late",
                   "no full 2027-01-05T02:00:00Z, late"}));
  Service hourly(schedule(every(hours(1), kWorkdays)), "2027-01-04T10:00");
  hourly.run_until("2027-01-04T10:30").take_log();
  EXPECT_EQ(hourly.clock_says("2027-01-05T09:17").run_until("2027-01-05T10:30").take_log(),
            (Lines{"full 2027-01-04T11:00:00Z", "full 2027-01-05T10:00:00Z"}));
  hourly.run_until("2027-01-08T22:30").take_log();
  EXPECT_EQ(hourly.clock_says("2027-01-09T09:17").run_until("2027-01-11T00:00").take_log(),  // a Saturday
            (Lines{"no full 2027-01-08T23:00:00Z, late", "full 2027-01-11T00:00:00Z"}));
}

TEST(Planner, AClockPutForwardByYearsBringsOneRunAndABoundedList) {
  Service s(schedule(every(minutes(1)), daily(hours(2))), "2027-01-01T12:00");
  s.run_until("2027-01-01T12:00:30").take_log();
  s.clock_says("2047-01-01T12:00:30").run_until("2047-01-01T12:01");
  EXPECT_EQ(s.runs.size(), 3u);  // created, one on noticing, and the next minute
  EXPECT_EQ(s.missed.size(), kMostMissed);
}

TEST(Planner, AClockPutBackRunsNothingTwice) {
  Service s(schedule(daily(hours(2)), every(hours(1))), "2027-01-01T00:30");
  s.run_until("2027-01-01T02:40").take_log();
  s.clock_says("2027-01-01T01:40").run_until("2027-01-02T02:00");
  EXPECT_EQ(s.log.front(), "incremental 2027-01-01T02:40:00Z");
  EXPECT_EQ(s.log.back(), "full 2027-01-02T02:00:00Z");
  EXPECT_EQ(s.runs.size(), 4u + 24u + 1u);
}

TEST(Planner, AClockThatWasWrongByMoreThanADayIsForgotten) {
  Service s(schedule(daily(hours(2)), every(hours(6))), "2028-05-05T12:00");
  s.run_until("2028-05-06T12:30").take_log();
  s.clock_says("2027-01-01T23:00").run_until("2027-01-02T12:00");
  EXPECT_EQ(s.take_log(), (Lines{"full 2027-01-02T02:00:00Z", "incremental 2027-01-02T05:00:00Z",
                                 "incremental 2027-01-02T11:00:00Z"}));
}

TEST(Planner, ASingleRunIsRunOnceOrMissed) {
  const Schedule single = schedule(once(year(2027) / 1 / 3, hours(2)));
  Service s(single, "2027-01-01T12:00");
  EXPECT_EQ(s.run_until("2028-01-01T12:00").take_log(), (Lines{"full 2027-01-03T02:00:00Z"}));
  EXPECT_FALSE(s.planner.wake(s.state, s.now));
  Service down(single, "2027-01-01T12:00");
  EXPECT_EQ(down.down_until("2027-01-04T12:00").run_until("2028-01-01T12:00").take_log(),
            (Lines{"no full 2027-01-03T02:00:00Z, down"}));
}

TEST(Planner, RunsAfterSavingAFullOnlyWhenThereIsNone) {
  Schedule s = schedule(weekly(kSunday, hours(2)), daily(hours(22)));
  s.run_after_saving = true;
  Service service(s, "2027-01-01T08:00");
  EXPECT_EQ(service.run_until("2027-01-01T09:00").take_log(),
            (Lines{"full 2027-01-01T08:00:00Z, first, saved"}));
  EXPECT_EQ(service.save(s).run_until("2027-01-01T23:00").take_log(),
            (Lines{"incremental 2027-01-01T09:00:00Z, saved", "incremental 2027-01-01T22:00:00Z"}));
  s.incremental.reset();
  EXPECT_EQ(service.save(s).run_until("2027-01-02T23:00").take_log(),
            (Lines{"full 2027-01-01T23:00:00Z, saved"}));
}

TEST(Planner, ATimingThatWasNotChangedGoesOn) {
  const Schedule before = schedule(daily(hours(2)), every(hours(4)));
  Service s(before, "2027-01-01T10:00");
  s.state.has_full = true;
  s.run_until("2027-01-01T11:00").take_log();
  Schedule after = before;
  after.full = daily(hours(20));
  after.incremental->weekdays = kWorkdays;
  EXPECT_EQ(s.save(after).run_until("2027-01-01T21:00").take_log(),
            (Lines{"incremental 2027-01-01T14:00:00Z", "incremental 2027-01-01T18:00:00Z",
                   "full 2027-01-01T20:00:00Z"}));
  after.incremental = every(hours(2));
  EXPECT_EQ(s.save(after).run_until("2027-01-01T23:00").take_log(),
            (Lines{"incremental 2027-01-01T21:00:00Z, created", "incremental 2027-01-01T23:00:00Z"}));
  after.incremental.reset();
  s.save(after).run_until("2027-01-02T19:00");
  EXPECT_EQ(s.take_log(), Lines{});
}

TEST(Planner, ANewTimeOrZoneDoesNotReachBackBeforeItWasSaved) {
  Schedule s = schedule(daily(hours(20)));
  Service service(s, "2027-01-01T10:00");
  s.full = daily(hours(11));
  service.run_until("2027-01-01T12:00").save(s).run_until("2027-01-01T18:00");
  EXPECT_EQ(service.take_log(), Lines{});
  s.time_zone = "America/New_York";  // there it is 13:00 now, and 11:00 was at 16:00 UTC
  service.save(s).run_until("2027-01-02T17:00");
  EXPECT_EQ(service.take_log(), (Lines{"full 2027-01-02T16:00:00Z"}));
}

TEST(Planner, WhatWaitsBringsTheTimesThatComeMeanwhile) {
  Service s(schedule(daily(hours(2)), every(minutes(30))), "2027-01-01T01:30");
  s.state.has_full = true;
  s.lasts = minutes(100);
  EXPECT_EQ(s.run_until("2027-01-01T03:15").take_log(),  // the full waits from 02:00 on
            (Lines{"incremental 2027-01-01T01:30:00Z, created", "full 2027-01-01T02:00:00Z"}));
  s.state.incremental.waiting = {s.now, Cause::kSaved};
  EXPECT_EQ(s.run_until("2027-01-01T05:00").take_log(),
            (Lines{"incremental 2027-01-01T03:15:00Z, saved", "no incremental 2027-01-01T05:00:00Z, busy"}));
}

TEST(Planner, WakesNowForWhatIsLateOrWaits) {
  Service s(schedule(daily(hours(2))), "2027-01-01T10:00");
  EXPECT_EQ(s.planner.wake(s.state, utc("2027-01-01T11:00")), utc("2027-01-02T02:00"));
  EXPECT_EQ(s.planner.wake(s.state, utc("2027-01-02T02:03")), utc("2027-01-02T02:03"));
  s.state.full.waiting = {s.now, Cause::kSaved};
  EXPECT_EQ(s.planner.wake(s.state, utc("2027-01-01T11:00")), utc("2027-01-01T11:00"));
  EXPECT_EQ(s.planner.next_runs(s.state, utc("2027-01-01T11:00"), 1).at(0).at, utc("2027-01-01T11:00"));
}

TEST(Planner, APausedScheduleDoesNothingAndMissesNothing) {
  Schedule s = schedule(daily(hours(2)), every(hours(4)));
  Service service(s, "2027-01-01T10:00");
  service.run_until("2027-01-01T11:00").take_log();
  s.paused = true;
  service.save(s).run_until("2027-01-03T11:00").down_until("2027-01-03T13:00").clock_says("2027-01-04T13:00");
  EXPECT_FALSE(service.planner.wake(service.state, service.now));
  EXPECT_TRUE(service.planner.next_runs(service.state, service.now, 10).empty());
  s.paused = false;
  EXPECT_EQ(service.save(s).run_until("2027-01-04T15:00").take_log(),
            (Lines{"incremental 2027-01-04T14:00:00Z"}));
}

TEST(Planner, ARunByHandStandsForWhatWaited) {
  Service s(schedule(every(hours(1))), "2027-01-01T10:00");
  s.run_until("2027-01-01T10:10").down_until("2027-01-01T10:15");
  run_started(s.state, Kind::kFull);  // the one that was interrupted goes on
  s.ends = utc("2027-01-01T10:40");
  EXPECT_EQ(s.run_until("2027-01-01T11:30").take_log(),
            (Lines{"full 2027-01-01T10:00:00Z, created", "full 2027-01-01T11:15:00Z"}));
}

TEST(Planner, NothingChangesInTheStateWhenNothingIsDue) {
  Service s(schedule(weekly(kMonday, hours(2)), every(minutes(1))), "2027-01-01T10:00");
  s.run_until("2027-01-01T10:00:30");
  const PlanState before = s.state;
  for (int i = 0; i < 29; ++i) {
    s.now += seconds(1);
    s.look();
  }
  EXPECT_EQ(s.state, before);
  s.now += seconds(1);
  s.look();
  EXPECT_NE(s.state, before);
}

TEST(Planner, TellsTheNextRunsWithTheirKinds) {
  Service s(schedule(weekly(kSunday, hours(2)), daily(hours(22)), "Europe/Berlin"), "2027-03-25T12:00");
  Lines next;
  for (const PlannedRun& run : s.planner.next_runs(s.state, s.now, 10)) next.push_back(line(run));
  EXPECT_EQ(next,
            (Lines{"full 2027-03-25T21:00:00Z, first", "incremental 2027-03-26T21:00:00Z",
                   "incremental 2027-03-27T21:00:00Z", "full 2027-03-28T01:00:00Z",  // 02:00 is left out
                   "incremental 2027-03-28T20:00:00Z", "incremental 2027-03-29T20:00:00Z",
                   "incremental 2027-03-30T20:00:00Z", "incremental 2027-03-31T20:00:00Z",
                   "incremental 2027-04-01T20:00:00Z", "incremental 2027-04-02T20:00:00Z"}));
  s.run_until("2027-03-25T21:00");
  s.state.running = Kind::kFull;
  EXPECT_EQ(s.planner.next_runs(s.state, s.now, 1).at(0).kind, Kind::kIncremental);
}

}  // namespace
}  // namespace mk::agent
