#pragma once
#include <vector>

#include "agent/schedule.h"

namespace mk::agent {

/// Why a run is due.
enum class Cause {
  kTime,      // its time has come
  kCreation,  // an interval runs first when it is created
  kStart,     // an interval runs once at every start of the service
  kSaved      // wished for when the schedule was saved
};

struct PlannedRun {
  job::Kind kind = job::Kind::kFull;
  Moment at{};
  Cause cause = Cause::kTime;
  bool for_incremental = false;  // a full because there is none yet that an incremental could go by
  bool operator==(const PlannedRun&) const = default;
};

/// A time at which nothing was run, although it was due.
struct MissedRun {
  enum class Why {
    kDown,  // the service was not running
    kLate,  // it was running, but asleep, or the clock was put forward over the time
    kBusy   // a run of the schedule was under way
  };
  job::Kind kind = job::Kind::kFull;
  Moment at{};
  Why why = Why::kDown;
  bool operator==(const MissedRun&) const = default;
};

/// What has to be remembered of a schedule from one decision to the next; a plain value, to be stored.
struct PlanState {
  struct Waiting {
    Moment since{};
    Cause cause = Cause::kTime;
    bool operator==(const Waiting&) const = default;
  };
  struct Progress {
    Moment anchor{};                 // an interval counts from here
    Moment settled{};                // what was due up to here has been dealt with
    std::optional<Waiting> waiting;  // due; starts as soon as it can
    bool operator==(const Progress&) const = default;
  };
  Progress full, incremental;
  bool has_full = false;             // an incremental has something to go by
  std::optional<job::Kind> running;  // the run that is under way
  bool operator==(const PlanState&) const = default;
};

/// What a moment brings: at most one run, and what was not run.
struct Tick {
  std::optional<PlannedRun> run;  // to be started now; the state says already that it is under way
  std::vector<MissedRun> missed;
};
/// Of one absence no more than so many times of a kind are told, the first ones.
inline constexpr std::size_t kMostMissed = 100;

/// Decides when a schedule runs. Pure: it has no clock and keeps nothing; all it knows is in the PlanState,
/// which the caller stores, together with what he was told to do, before he does it.
///
/// When the service starts, service_started(), then run_started() for a run that is continued. After that
/// tick() at wake(), after each event, and at least once a minute, so that a change of the clock is noticed.
///
/// Spec: docs/guides/schedules.md has all rules
class Planner {
 public:
  /// Errors: kInvalid  a timing, the zone
  static Result<Planner> make(const Schedule& schedule);

  PlanState created(Moment now) const;
  /// The schedule was saved anew. A timing that stayed as it was goes on, a new one begins as if created.
  void changed(const Planner& before, PlanState& state, Moment now) const;
  /// No run is under way any more. Returns what the time since the last decision has missed.
  std::vector<MissedRun> service_started(PlanState& state, Moment now) const;
  Tick tick(PlanState& state, Moment now) const;
  /// When tick() will have something to do; not before `now`. None: never, as things are.
  std::optional<Moment> wake(PlanState state, Moment now) const;
  /// The next `n` runs, as if each were finished and had succeeded at once.
  std::vector<PlannedRun> next_runs(PlanState state, Moment now, std::size_t n) const;

 private:
  struct Part {  // the full or the incremental, with its progress in a state
    job::Kind kind;
    const Timing& timing;
    PlanState::Progress& progress;
  };
  explicit Planner(const Schedule& s, Zone zone);

  std::vector<Part> parts(PlanState& state) const;
  bool takes_day_of(const Timing& timing, Moment t) const;
  PlanState::Progress begun(const Timing& timing, Moment now) const;
  void follow_clock_back(const Part& part, Moment now) const;
  void step_over(const Part& part, Moment until, MissedRun::Why why, std::vector<MissedRun>& missed) const;
  void start(const Part& part, Moment now, std::vector<MissedRun>& missed) const;
  std::optional<Moment> take_due(const Part& part, Moment now, std::vector<MissedRun>& missed) const;

  Timing full_;
  std::optional<Timing> incremental_;
  Zone zone_;
  bool paused_, run_after_saving_;
};

/// A run began that tick() did not ask for: by hand, again after a failure, or continued when the service
/// started. What waited for such a run (a full: any) need not be run any more.
void run_started(PlanState& state, job::Kind kind);
/// A run ended. One that is to be tried again in some minutes has ended too.
void run_finished(PlanState& state, job::Kind kind, bool succeeded);

}  // namespace mk::agent
