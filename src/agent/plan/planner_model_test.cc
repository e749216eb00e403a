#include <gtest/gtest.h>

#include <random>
#include <set>

#include "agent/plan/service_test.h"
#include "agent/plan/wall_clock_test.h"

namespace mk::agent {
namespace {

using namespace std::chrono;
using job::Kind;
using Minute = WallClock::Minute;

constexpr const char* kZones[] = {"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"};

TEST(PlannerModel, AYearIsAsTheClockOnTheWallSays) {
  const Moment from = utc("2028-01-01T12:00");
  for (const char* zone : kZones) {
    // at a quarter past two, in hours that clocks leave out or show twice, on the last of each month a full
    const Schedule plan = schedule(monthly(31, minutes(135)), daily(minutes(135)), zone);
    Service s(plan, from);
    s.state.has_full = true;
    s.run_until(from + days(366));
    const WallClock wall(zone, from, days(366));
    const auto full = wall.times(plan.full, from);
    const std::set<Moment> fulls(full.begin(), full.end());
    std::vector<PlannedRun> expected;
    for (const Moment at : wall.times(*plan.incremental, from))
      expected.push_back({fulls.contains(at) ? Kind::kFull : Kind::kIncremental, at, Cause::kTime, false});
    EXPECT_EQ(s.runs, expected) << zone;
    EXPECT_EQ(s.runs.size(), 366u) << zone;
    EXPECT_EQ(fulls.size(), 12u) << zone;
    EXPECT_TRUE(s.missed.empty()) << zone;
  }
}

TEST(PlannerModel, AMonthOfHoursOnWorkdaysHasTheHoursOfItsWorkdays) {
  for (const char* zone : kZones) {
    Service s(schedule(weekly(0x40, hours(3)), every(hours(1), 0x1F), zone), "2027-03-01T00:00");
    s.state.has_full = true;
    s.run_until(utc("2027-04-01T00:00") - seconds(1));
    const WallClock wall(zone, utc("2027-03-01T00:00"), days(31));
    std::size_t hours_of_workdays = 0;
    for (Minute m = wall.first(); m < wall.last(); m += 60)
      hours_of_workdays += wall.takes_minute({.weekdays = 0x1F}, m);
    EXPECT_EQ(s.runs.size(), hours_of_workdays + 4) << zone;
  }
}

/// The rules of docs/guides/schedules.md once more, applied to one minute after the other.
class Model {
 public:
  Model(const WallClock& wall, const Schedule& s, Minute created, Minute lasts) : wall_(wall), lasts_(lasts) {
    parts_.push_back(part(Kind::kFull, s.full, created));
    if (s.incremental) parts_.push_back(part(Kind::kIncremental, *s.incremental, created));
  }

  void down(Minute m) {
    for (Part& p : parts_)
      if (is_due(p, m)) p.down.push_back(m);
  }

  void start(Minute m) {
    running_.reset();
    for (Part& p : parts_) {
      const bool interval = is_interval(p.timing);
      const bool runs =
          interval && wall_.takes_minute(p.timing, m) && (!p.timing.only_if_missed || !p.down.empty());
      if (runs) p.waiting = PlannedRun{p.kind, WallClock::moment(m), Cause::kStart, false};
      if (runs || (interval && !p.timing.only_if_missed)) p.anchor = m;
      if (p.down.size() > kMostMissed) p.down.resize(kMostMissed);
      for (const Minute missed : p.down)
        if (!runs) log.push_back(line(MissedRun{p.kind, WallClock::moment(missed), MissedRun::Why::kDown}));
      p.down.clear();
    }
  }

  void up(Minute m) {
    if (running_ && m >= ends_) finish();
    for (Part& p : parts_)
      if (is_due(p, m)) due(p, m);
    if (running_) return;
    for (Part& p : parts_)
      if (p.waiting && !running_) run(p, m);
    for (Part& p : parts_)
      if (running_ && (p.kind == Kind::kIncremental || *running_ == Kind::kFull)) p.waiting.reset();
  }

  Lines log;

 private:
  struct Part {
    Kind kind;
    Timing timing;
    std::set<Moment> calendar;
    Minute anchor;
    std::optional<PlannedRun> waiting;
    std::vector<Minute> down;
  };

  Part part(Kind kind, const Timing& t, Minute created) const {
    Part p{kind, t, {}, created, {}, {}};
    if (is_interval(t)) {
      if (wall_.takes_minute(t, created))
        p.waiting = PlannedRun{kind, WallClock::moment(created), Cause::kCreation, false};
    } else {
      for (const Moment at : wall_.times(t, {}))
        if (WallClock::minute(at) > created) p.calendar.insert(at);
    }
    return p;
  }

  bool is_due(const Part& p, Minute m) const {
    if (!is_interval(p.timing)) return p.calendar.contains(WallClock::moment(m));
    return WallClock::counts(p.timing, m - p.anchor) && wall_.takes_minute(p.timing, m);
  }

  void due(Part& p, Minute m) {
    if (parts_.front().waiting || p.waiting) return;
    if (running_ && (p.kind == Kind::kIncremental || *running_ == Kind::kFull))
      log.push_back(line(MissedRun{p.kind, WallClock::moment(m), MissedRun::Why::kBusy}));
    else
      p.waiting = PlannedRun{p.kind, WallClock::moment(m), Cause::kTime, false};
  }

  void run(const Part& p, Minute m) {
    PlannedRun run = *p.waiting;
    run.for_incremental = run.kind == Kind::kIncremental && !has_full_;
    if (run.for_incremental) run.kind = Kind::kFull;
    log.push_back(line(run));
    running_ = run.kind;
    ends_ = m + lasts_;
  }

  void finish() {
    has_full_ = has_full_ || *running_ == Kind::kFull;
    running_.reset();
  }

  const WallClock& wall_;
  Minute lasts_, ends_ = 0;
  std::vector<Part> parts_;
  std::optional<Kind> running_;
  bool has_full_ = false;
};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  template <class T = unsigned>
  T below(unsigned n) {
    return static_cast<T>(engine_() % n);
  }

  /// One that often meets another.
  Timing timing(Kind kind) {
    const minutes at = hours(below(4)) + minutes(30 * below(2));
    const auto weekdays = static_cast<Weekdays>(1 + below(kAllDays));
    switch (below(kind == Kind::kFull ? 5 : 3)) {
      case 0:
        return weekly(weekdays, at);
      case 1:
        return daily(at);
      case 2: {
        Timing t = every(minutes(30) * (1 + below(48)), below(2) == 0 ? weekdays : kAllDays);
        t.only_if_missed = below(2) == 0;
        return t;
      }
      case 3:
        return monthly(1 + below(31), at);
      default:
        return once(year(2027) / 3 / day(15 + below(16)), at);
    }
  }

 private:
  std::mt19937 engine_;
};

TEST(PlannerModel, IsAsAModelThatGoesMinuteByMinuteThroughAnyRestarts) {
  const Moment from = utc("2027-03-01T00:00");
  for (const char* zone : kZones) {
    const WallClock wall(zone, from, days(45));
    for (unsigned seed = 0; seed < 40; ++seed) {
      Random random(seed);
      Schedule plan = schedule(random.timing(Kind::kFull), {}, zone);
      if (random.below(5) > 0) plan.incremental = random.timing(Kind::kIncremental);
      const Minute created = wall.first() + random.below<Minute>(48) * 30;
      const Minute lasts = random.below<Minute>(4) * random.below(150);
      Service service(plan, WallClock::moment(created));
      service.lasts = minutes(lasts);
      Model model(wall, plan, created, lasts);
      for (Minute m = created; m < wall.last();) {
        const Minute stops = std::min(wall.last(), m + 1 + random.below(6 * 24 * 60));
        for (; m < stops; ++m) model.up(m);
        service.run_until(WallClock::moment(stops - 1));
        if (stops == wall.last()) break;
        const Minute starts = std::min(wall.last(), m + random.below<Minute>(2) * random.below(3 * 24 * 60));
        for (; m < starts; ++m) model.down(m);
        model.start(m);
        service.down_until(WallClock::moment(m));
      }
      ASSERT_EQ(service.log, model.log) << zone << ", seed " << seed;
      EXPECT_GE(model.log.size(), 1u) << zone << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace mk::agent
