#pragma once
#include <deque>

#include "agent/plan/planner.h"
#include "agent/restore/restore_service.h"
#include "agent/run/housekeeper.h"
#include "agent/run/mailboxes.h"
#include "agent/run/runner.h"

namespace mk::agent {

/// Something that people may want to see at once. Numbers grow by one.
struct Event {
  std::int64_t number = 0;
  std::string type;  // run, schedule, restore, proof (id 0)
  std::int64_t id = 0;
};

/// The newest events, for those that watch.  Threads: any
class EventLog {
 public:
  void add(const std::string& type, std::int64_t id);
  /// Those behind number `after`; waits for one until `time` has passed or the log is closed.
  std::vector<Event> wait(std::int64_t after, std::chrono::milliseconds time);
  /// The number of the newest one.
  std::int64_t newest() const;
  void close();
  bool closed() const;

 private:
  static constexpr std::size_t kKept = 1000;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Event> events_;
  std::int64_t number_ = 0;
  bool closed_ = false;
};

struct AgentOptions {
  std::filesystem::path directory;
  std::optional<KeyPlace> key;  // none: DIRECTORY/agent.key
  unsigned workers = 4;
  std::chrono::milliseconds look_every{1000};  // at the clock
  Clock* clock = &system_clock();
};

/// The service: decides when schedules run, and runs them.
///
/// Threads: any may call it; it has one that keeps the time, and those of its Runner
class Agent {
 public:
  /// Goes on with what an earlier service left unfinished.  Errors: as AgentState::open()
  static Result<std::unique_ptr<Agent>> start(const AgentOptions& options);
  /// Interrupts what runs; the next start goes on with it.
  ~Agent();

  AgentState& state() { return *state_; }
  const Workshop& workshop() const { return workshop_; }
  Clock& clock() const { return *workshop_.clock; }
  FileTime now() const { return to_file_time(clock().now()); }
  EventLog& events() { return events_; }
  RestoreService& restoring() { return *restoring_; }

  /// As AgentState's, and the times are planned anew.  Errors: kInvalid  the timings and the zone too
  Result<SavedSchedule> add_schedule(const Schedule& schedule);
  Result<SavedSchedule> replace_schedule(ScheduleId id, std::int64_t version, const Schedule& schedule);
  /// Errors: kConflict  one of its runs is under way, too
  Status remove_schedule(ScheduleId id, std::int64_t version);
  Result<std::vector<PlannedRun>> next_runs(ScheduleId id, std::size_t n);

  /// Runs a schedule at once, or only some of its mailboxes (which may be such that it does not select).
  /// Errors: kConflict  a run of it is under way
  Result<RunId> run_now(ScheduleId id, RunKind kind, const std::vector<SelectedMailbox>& mailboxes);
  Status pause(RunId run) { return runner_->pause(run); }
  Status resume(RunId run) { return runner_->resume(run); }
  Status cancel(RunId run) { return runner_->cancel(run); }
  std::vector<Runner::TaskProgress> progress(RunId run) const { return runner_->progress(run); }

  /// Looks at the clock now; the service does so by itself once a second.
  void tick();
  /// It has looked at the clock within the last minute.
  bool is_alive() const;

 private:
  struct Plan {
    Planner planner;
    PlanState state;
    Schedule schedule;
    std::optional<Moment> wake;
    Moment looked{};  // when tick() last looked
  };
  explicit Agent(const AgentOptions& options);
  Status begin();
  void keep_time(const std::stop_token& stop);
  Result<std::optional<RunId>> tick(ScheduleId id, Plan& plan);
  Result<RunId> add_run(ScheduleId id, const Plan& plan, RunKind kind, Trigger trigger,
                        const std::vector<SelectedMailbox>& mailboxes);
  bool is_under_way(ScheduleId id) const;
  Status begin_run(ScheduleId id, RunId run, const Schedule& schedule);
  Status save(ScheduleId id, Plan& plan);
  Status note_missed(ScheduleId id, const Plan& plan, const std::vector<MissedRun>& missed);
  void run_began(const Run& run);
  void run_ended(const Run& run);

  AgentOptions options_;
  std::unique_ptr<AgentState> state_;
  OpenVaults vaults_;
  Workshop workshop_;
  EventLog events_;
  std::mutex mutex_;  // of the next three
  std::map<ScheduleId, Plan> plans_;
  std::set<RunId> partial_;         // runs of some mailboxes, which the plans do not count
  std::set<ScheduleId> beginning_;  // a run of them is in the state, and the Runner does not have it yet
  std::condition_variable_any stopping_;
  std::atomic<std::chrono::steady_clock::time_point> looked_ = std::chrono::steady_clock::now();
  std::atomic<std::int64_t> chores_looked_ = 0;  // seconds: when the housekeeper last looked
  std::unique_ptr<Housekeeper> housekeeper_;
  std::unique_ptr<RestoreService> restoring_;
  std::unique_ptr<Runner> runner_;
  std::jthread timekeeper_;
};

}  // namespace mk::agent
