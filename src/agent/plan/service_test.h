#pragma once
#include <string>
#include <vector>

#include "agent/plan/planner.h"
#include "agent/plan/timings_test.h"

namespace mk::agent {

inline Schedule schedule(Timing full, std::optional<Timing> incremental = {}, std::string zone = "UTC") {
  Schedule s;
  s.time_zone = std::move(zone);
  s.full = full;
  s.incremental = incremental;
  return s;
}

using Lines = std::vector<std::string>;

inline std::string line(const PlannedRun& run) {
  static constexpr const char* kCauses[] = {"", ", created", ", start", ", saved"};
  return (run.kind == job::Kind::kFull ? "full " : "incremental ") + text(run.at) +
         (run.for_incremental ? ", first" : "") + kCauses[static_cast<int>(run.cause)];
}
inline std::string line(const MissedRun& missed) {
  static constexpr const char* kWhys[] = {"down", "late", "busy"};
  return (missed.kind == job::Kind::kFull ? "no full " : "no incremental ") + text(missed.at) + ", " +
         kWhys[static_cast<int>(missed.why)];
}

/// A service with one schedule, on a clock that only goes when it is told to.
class Service {
 public:
  Service(const Schedule& s, Moment created) : planner(*Planner::make(s)), now(created) {
    state = planner.created(now);
  }
  Service(const Schedule& s, const char* created) : Service(s, utc(created)) {}

  /// Does what is due until then, waking up when the planner wants to and when a run ends.
  Service& run_until(Moment end) {
    for (;;) {
      const auto wake = planner.wake(state, now);
      const auto next = ends && (!wake || *ends <= *wake) ? ends : wake;
      if (!next || *next > end) break;
      now = *next;
      if (ends && *ends <= now) finish();
      look();
    }
    now = std::max(now, end);
    return *this;
  }
  Service& run_until(const char* end) { return run_until(utc(end)); }

  void look() {
    const Tick tick = planner.tick(state, now);
    note(tick.missed);
    if (!tick.run) return;
    log.push_back(line(*tick.run));
    runs.push_back(*tick.run);
    ends = now + lasts;
  }
  void finish() {
    run_finished(state, *state.running, succeeds);
    ends.reset();
  }
  /// Stopped until then; what ran is not continued.
  Service& down_until(Moment t) {
    now = t;
    ends.reset();
    note(planner.service_started(state, now));
    return *this;
  }
  Service& down_until(const char* t) { return down_until(utc(t)); }
  /// The clock is set, or the machine slept.
  Service& clock_says(const char* t) {
    now = utc(t);
    look();
    return *this;
  }
  Service& save(const Schedule& s) {
    const Planner before = planner;
    planner = *Planner::make(s);
    planner.changed(before, state, now);
    return *this;
  }
  Lines take_log() { return std::exchange(log, {}); }

  Planner planner;
  PlanState state;
  Moment now;
  std::chrono::seconds lasts{0};  // how long runs take
  bool succeeds = true;
  std::optional<Moment> ends;  // of the run that is under way
  Lines log;                   // runs and missed runs
  std::vector<PlannedRun> runs;
  std::vector<MissedRun> missed;

 private:
  void note(const std::vector<MissedRun>& more) {
    missed.insert(missed.end(), more.begin(), more.end());
    for (const MissedRun& m : more) log.push_back(line(m));
  }
};

}  // namespace mk::agent
