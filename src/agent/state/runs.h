#pragma once
#include <optional>
#include <vector>

#include "agent/state/row_id.h"
#include "agent/state/signed_ledger.h"
#include "agent/state/state_file.h"
#include "base/time.h"
#include "job/ledger.h"

namespace mk::agent {

enum class RunKind { kFull, kIncremental };
enum class Trigger { kTimer, kManual, kRetry, kAfterSaving, kStart };
/// Of runs and of their tasks. Green are the first three of those behind kPaused.
enum class RunState {
  kQueued,
  kRunning,
  kPaused,
  kNothingNew,
  kComplete,
  kCompleteWithSkipped,
  kIncomplete,
  kFailed,
  kCancelled
};
bool is_over(RunState state);
/// It balances: nothing new, complete, complete with skipped items.
bool is_complete(RunState state);
std::string_view name_of(RunKind kind);     // "full", "incremental"
std::string_view name_of(Trigger trigger);  // "timer", "manual", "retry", "after-saving", "start"
std::string_view name_of(RunState state);   // "queued" ... "nothing-new", "complete-with-skipped"
/// What a balance allows at best: kComplete, kCompleteWithSkipped (also of unreadable folders), kIncomplete.
RunState best_state(const job::Ledger& ledger);

struct Run {
  RunId id;
  std::optional<ScheduleId> schedule;  // nothing: it was removed
  std::string schedule_name;           // as it was then
  RunKind kind = RunKind::kFull;
  Trigger trigger = Trigger::kTimer;
  FileTime queued;
  std::optional<FileTime> started, finished, next_retry;
  RunState state = RunState::kQueued;
  unsigned attempt = 1;
  std::string code, error;  // of the message catalogue; text for people
};

/// One mailbox to one destination.
struct Task {
  TaskId id;
  RunId run;
  std::string connection, mailbox, destination;
  RunState state = RunState::kQueued;
  unsigned attempts = 0;
  std::uint64_t items = 0, bytes = 0, skipped = 0;
  std::string point;  // its name; empty: none
  std::string code, error;
};

struct LogLine {
  std::int64_t number = 0;  // of all lines
  RunId run;
  FileTime time;
  std::string code, text;
};

/// Which runs, the newest first.
struct RunQuery {
  std::optional<ScheduleId> schedule;
  std::optional<RunState> state;
  std::optional<RunId> before;  // older than that one
  std::size_t limit = 100;      // 1 to 1000
};

/// What ran, what came of it, and the proof.
/// Errors: kNotFound  no such run or task; kInvalid  a state that the ledgers do not bear out
class Runs {
 public:
  Runs(StateFile& file, const SigningKey& key) : file_(file), key_(key) {}

  /// `run` and `tasks` without ids.
  Result<RunId> add(const Run& run, const std::vector<Task>& tasks);
  Result<Run> get(RunId id);
  Result<std::vector<Run>> list(const RunQuery& query);
  /// Those that are not over, the oldest first. At a start of the service: those that it was killed in.
  Result<std::vector<Run>> unfinished();
  /// state, attempt, times, code and error. A run is at best as good as its worst task, and one without tasks
  /// is never complete: kInvalid.
  Status update(const Run& run);

  Result<std::vector<Task>> tasks(RunId run);
  /// Those of one mailbox.
  Result<std::vector<Task>> tasks(RunId run, const std::string& mailbox);
  Result<Task> task(TaskId id);
  Result<TaskId> add_task(const Task& task);
  /// All but ids and names, while the run is not over. A state that is_complete() is for complete() to set.
  Status update(const Task& task);
  /// Stores task and ledger, signed, in one step. `task.state` is is_complete() and no better than
  /// best_state(ledger), else kInvalid; kNothingNew needs a ledger that stored nothing.
  Status complete(const Task& task, const job::Ledger& ledger, FileTime now);
  /// The ledger of a task that is not complete. Replaces one that was there.
  Status put_ledger(const Task& task, const job::Ledger& ledger, FileTime now);
  /// Nothing: the task has none (yet).
  Result<std::optional<SignedLedger>> ledger(TaskId task);
  /// Tasks that say they are complete and whose ledger is missing, does not balance or is not what was
  /// signed.
  struct BadLedger {
    RunId run;
    TaskId task;
    std::string why;
  };
  Result<std::vector<BadLedger>> verify_ledgers();

  /// Their numbers are given.
  Status add_lines(const std::vector<LogLine>& lines);
  /// At most `limit` lines behind number `after`, in order.
  Result<std::vector<LogLine>> lines(RunId run, std::int64_t after, std::size_t limit);

  /// Forgets runs that ended before `time`, with tasks, ledgers and lines; says how many.
  Result<std::size_t> forget_before(FileTime time);

 private:
  /// Runs `change` with the task as it is, in one transaction.
  Status change_task(const Task& task, const std::function<Status(const Task&)>& change);
  Status sign(const Task& there, const std::string& point, const job::Ledger& ledger, FileTime now);
  StateFile& file_;
  const SigningKey& key_;
};

}  // namespace mk::agent
