#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "agent/run/backup_task.h"
#include "agent/run/run_queue.h"
#include "agent/state/agent_state.h"

namespace mk::agent {

/// Carries out runs: finds out their mailboxes, backs these up with several workers, tries failed ones again,
/// and says in the state what came of it.
///
/// What is done is noted before and after each task, so that a service that was killed goes on where it was:
/// resume_all() takes up what is unfinished.
/// Threads: any
class Runner {
 public:
  struct Options {
    unsigned workers = 4;  // tasks at the same time
    /// Both are called without any lock held: a run begins to work (again), it ended or waits to be tried
    /// again.
    std::function<void(const Run&)> on_begin, on_end;
    /// A run or task changed in a way that people want to see.
    std::function<void(RunId)> on_change;
  };
  Runner(AgentState& state, const Workshop& workshop, Options options);
  /// Interrupts what runs; it stays unfinished, and a later Runner goes on with it.
  ~Runner();

  /// Takes up all runs that are not over and not paused.
  Status resume_all();
  /// A run that was added to the state: with tasks, or its mailboxes are found out first.
  Status begin(RunId run, const Schedule& schedule);
  /// Runs whose time to be tried again has come, and those of which the state could not be written.
  void try_again();

  /// Errors: kConflict  it is over, or (resume) not paused
  Status pause(RunId run);
  Status resume(RunId run);
  Status cancel(RunId run);
  /// Ends runs of a schedule that only wait to be tried again: a new one takes their place.
  Status supersede(ScheduleId schedule);
  /// A run of this schedule is at work or waits for a worker.
  bool is_active(ScheduleId schedule) const;

  struct TaskProgress {
    TaskId task;
    std::uint64_t items = 0, expected = 0, bytes = 0, skipped = 0;
    std::string phase;
  };
  std::vector<TaskProgress> progress(RunId run) const;
  /// Tasks at work.
  std::size_t at_work() const;

 private:
  struct Active {
    Schedule schedule;
    std::optional<ScheduleId> id;
    enum class Wish { kGoOn, kPause, kCancel };
    std::atomic<Wish> wish = Wish::kGoOn;
    std::atomic<bool> stop{false};
    std::shared_ptr<net::RateLimit> rate_limit;                 // of all its tasks
    std::map<TaskId, std::shared_ptr<job::Progress>> progress;  // of tasks at work
    std::set<TaskId> hopeless;         // failed in a way that trying again cannot mend
    bool unnoted = false;              // what became of a task could not be written into the state
    std::set<std::string> configured;  // destinations that this run has put the agent's configuration into
  };

  Result<bool> stop(RunId run, Active::Wish wish);
  void work();
  void carry_out(const RunQueue::Next& next);
  Status find_tasks(RunId run, Active& active);
  Status run_task(const Task& task, Active& active);
  Result<job::BackupReport> back_up(const Task& task, const Run& run, Active& active);
  Status try_again(FileTime now);
  void wait_until(FileTime time);
  Status note(Task task, const job::BackupReport& report);
  Status note(Task task, const Error& why, Active& active);
  void end_of_work(RunId run, const std::shared_ptr<Active>& active);
  Status go_on(RunId run, const Active& active);
  Status conclude(RunId run, const Active& active);
  Status end(Run run, RunState state, std::string_view code, const std::string& text);
  Status end_failed(Run run, const RetryRule& retry, bool hope, const std::string& text,
                    const std::string& code);
  Status fail(RunId run, const Error& why);
  Status tell(RunId run, std::string_view code, const std::string& text);
  std::size_t at_once(const Schedule& schedule) const;
  std::shared_ptr<Active> find_active(RunId run) const;
  Status enqueue(const Run& run, const Schedule& schedule);

  AgentState& state_;
  const Workshop workshop_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  RunQueue queue_;
  std::map<RunId, std::shared_ptr<Active>> active_;
  std::set<RunId> ending_;                            // whose last task is done, and whose end is being noted
  std::map<RunId, std::shared_ptr<Active>> unended_;  // whose end could not be noted, as on a full disk
  std::optional<FileTime> next_retry_ = FileTime{};   // when one is to be tried again at the earliest
  std::vector<std::jthread> workers_;
};

}  // namespace mk::agent
