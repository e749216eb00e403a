#include "agent/run/runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/check/messages.h"
#include "agent/run/exchange.h"
#include "agent/run/mailboxes.h"
#include "base/log.h"
#include "net/rate_limit.h"
#include "store/open_store.h"

namespace mk::agent {
namespace {

constexpr TaskId kFindTasks{0};  // no task has this number: the run's mailboxes are to be found out

/// What may go away by itself, or be mended without changing the schedule.
bool is_retryable(Code code) {
  return code == Code::kUnavailable || code == Code::kExhausted || code == Code::kConflict;
}

bool is_waiting(const Run& run) { return run.state == RunState::kQueued && run.next_retry.has_value(); }

const Destination* find_destination(const Schedule& s, const std::string& place) {
  const auto found = std::find_if(s.destinations.begin(), s.destinations.end(),
                                  [&](const auto& d) { return d.place == place; });
  return found == s.destinations.end() ? nullptr : &*found;
}

std::uint64_t stored(const job::Ledger& ledger) { return job::sum(ledger.total().stored); }

RunKind kind_of(job::Kind kind) { return kind == job::Kind::kFull ? RunKind::kFull : RunKind::kIncremental; }

/// The text names a path, or something in it; not one that only begins alike.
bool names(std::string_view text, std::string_view path) {
  if (path.empty()) return false;
  for (auto at = text.find(path); at != std::string_view::npos; at = text.find(path, at + 1)) {
    const std::string_view behind = text.substr(at + path.size(), 1);
    if (behind.empty() || path.ends_with('/') || behind.find_first_of("/: ;,)'") == 0) return true;
  }
  return false;
}

/// Where an error came from: those of disks and stores name the place.
Context context_of(const Error& why, const Task& task, const Schedule& schedule, const Workshop& workshop) {
  const bool dumping = why.what.find("the temporary location") != std::string::npos;
  if (dumping || names(why.what, schedule.temporary)) return Context::kTemporary;
  if (names(why.what, store::without_vault(task.destination))) return Context::kDestination;
  return names(why.what, workshop.directory.native()) ? Context::kAgent : Context::kServer;
}

/// From a vault on this machine others take what Exchange gave already.
bool gives_second_hand(const Task& task) { return task.destination.starts_with("vault:"); }

/// What is still to be done, a mailbox's tasks together; first those that others of it can take items from.
std::vector<RunQueue::Together> open_tasks(const std::vector<Task>& tasks) {
  std::vector<RunQueue::Together> out;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (const bool gives : {true, false})
    for (const auto& task : tasks) {
      if (is_over(task.state) || gives_second_hand(task) != gives) continue;
      const auto [place, is_new] = places.emplace(std::pair(task.connection, task.mailbox), out.size());
      if (is_new) out.emplace_back();
      out[place->second].push_back(task.id);
    }
  return out;
}

/// Another destination that has the mailbox as it is in this run.  Nothing: none
Result<const Destination*> find_second_hand(Runs& runs, const Task& task, const Schedule& schedule) {
  TRY_ASSIGN(const auto tasks, runs.tasks(task.run, task.mailbox));
  for (const auto& other : tasks)
    if (other.connection == task.connection && other.id != task.id && gives_second_hand(other) &&
        is_complete(other.state))
      return find_destination(schedule, other.destination);
  return static_cast<const Destination*>(nullptr);
}

/// How a run is as a whole: as its worst task. The states stand in the order from good to bad.
RunState worst(const std::vector<Task>& tasks) {
  RunState state = RunState::kNothingNew;
  for (const auto& t : tasks) state = std::max(state, t.state);
  return state;
}

std::string_view code_of(RunState state) {
  switch (state) {
    case RunState::kNothingNew:
      return message::kNothingNew;
    case RunState::kComplete:
      return message::kComplete;
    case RunState::kCompleteWithSkipped:
      return message::kSkipped;
    case RunState::kIncomplete:
      return message::kUnbalanced;
    case RunState::kCancelled:
      return message::kCancelled;
    default:
      return message::kInternal;
  }
}

}  // namespace

Runner::Runner(AgentState& state, const Workshop& workshop, Options options)
    : state_(state), workshop_(workshop), options_(std::move(options)) {
  for (unsigned i = 0; i < std::max(options_.workers, 1U); ++i) workers_.emplace_back([this] { work(); });
}

Runner::~Runner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& [run, active] : active_) active->stop = true;
  }
  wake_.notify_all();
  workers_.clear();  // joins
}

std::size_t Runner::at_once(const Schedule& s) const {
  const std::size_t all = std::max(options_.workers, 1U);
  if (s.cpu == CpuUse::kLow) return 1;
  return s.cpu == CpuUse::kMedium ? std::max<std::size_t>(1, all / 2) : all;
}

std::shared_ptr<Runner::Active> Runner::find_active(RunId run) const {
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(run);
  return found == active_.end() ? nullptr : found->second;
}

/// A line of the run's log.
Status Runner::tell(RunId run, std::string_view code, const std::string& text) {
  return state_.runs().add_lines({{0, run, to_file_time(workshop_.clock->now()), std::string(code), text}});
}

/// Puts what is left of a run into the queue.
Status Runner::enqueue(const Run& run, const Schedule& schedule) {
  TRY_ASSIGN(const auto tasks, state_.runs().tasks(run.id));
  auto open = tasks.empty() ? std::vector<RunQueue::Together>{{kFindTasks}} : open_tasks(tasks);
  if (open.empty()) {  // the service ended after the last task and before this was noted
    Active done;
    done.schedule = schedule;
    return conclude(run.id, done);
  }
  const std::lock_guard lock(mutex_);
  auto& active = active_[run.id];
  if (active == nullptr) active = std::make_shared<Active>();
  active->schedule = schedule;
  active->id = run.schedule;
  active->wish = Active::Wish::kGoOn;
  active->stop = false;
  if (schedule.bytes_per_second != 0)
    active->rate_limit = std::make_shared<net::RateLimit>(schedule.bytes_per_second);
  queue_.add(run.id, open, at_once(schedule));
  wake_.notify_all();
  return ok;
}

Status Runner::begin(RunId id, const Schedule& schedule) {
  TRY_ASSIGN(auto run, state_.runs().get(id));
  run.state = RunState::kRunning;
  run.next_retry.reset();
  if (!run.started) run.started = to_file_time(workshop_.clock->now());
  TRY(state_.runs().update(run));
  options_.on_begin(run);
  options_.on_change(id);
  return enqueue(run, schedule);
}

Status Runner::resume_all() {
  TRY_ASSIGN(const auto runs, state_.runs().unfinished());
  for (auto run : runs) {
    if (run.state == RunState::kPaused || is_waiting(run)) continue;
    if (!run.schedule) {
      TRY(fail(run.id, {Code::kNotFound, "the schedule was removed while the run was under way"}));
      continue;
    }
    TRY_ASSIGN(const auto saved, state_.schedules().get(*run.schedule));
    TRY(tell(run.id, message::kInterrupted, "the service ended during the run; it goes on where it was"));
    TRY(begin(run.id, saved.schedule));
  }
  return ok;
}

/// A run whose end could not be noted: what was done is found again, the rest is done now.
Status Runner::go_on(RunId id, const Active& active) {
  const auto run = state_.runs().get(id);
  if (!run && run.error().code == Code::kNotFound) return ok;
  if (!run) return run.error();
  if (is_over(run->state) || run->state == RunState::kPaused) return ok;
  if (active.wish != Active::Wish::kGoOn) return conclude(id, active);
  TRY(tell(id, message::kAgentDirectory, "the state could not be written; the run goes on where it was"));
  return begin(id, active.schedule);
}

void Runner::try_again() {
  std::map<RunId, std::shared_ptr<Active>> unended;
  {
    const std::lock_guard lock(mutex_);
    unended = unended_;
  }
  for (const auto& [id, active] : unended) {
    if (!go_on(id, *active)) continue;
    const std::lock_guard lock(mutex_);
    if (const auto still = unended_.find(id); still != unended_.end() && still->second == active)
      unended_.erase(still);
  }
  const auto now = to_file_time(workshop_.clock->now());
  std::optional<FileTime> due;
  {
    const std::lock_guard lock(mutex_);
    if (!next_retry_ || *next_retry_ > now) return;
    due = std::exchange(next_retry_, std::nullopt);
  }
  const Status done = try_again(now);
  if (done) return;
  log_error("runs that wait to be tried again: " + done.error().what);
  wait_until(*due);
}

/// Those whose time has come; of the others it notes when that is.
Status Runner::try_again(FileTime now) {
  TRY_ASSIGN(const auto runs, state_.runs().unfinished());
  for (auto run : runs) {
    if (!is_waiting(run) || !run.schedule) continue;
    if (*run.next_retry > now) {
      wait_until(*run.next_retry);
      continue;
    }
    TRY_ASSIGN(const auto saved, state_.schedules().get(*run.schedule));
    TRY_ASSIGN(const auto tasks, state_.runs().tasks(run.id));
    ++run.attempt;
    const auto requeue = [&]() -> Status {
      for (auto task : tasks) {
        if (task.state != RunState::kFailed) continue;
        task.state = RunState::kQueued;
        TRY(state_.runs().update(task));
      }
      return state_.runs().update(run);
    };
    TRY(state_.together(requeue));
    TRY(begin(run.id, saved.schedule));
  }
  return ok;
}

void Runner::wait_until(FileTime time) {
  const std::lock_guard lock(mutex_);
  if (!next_retry_ || time < *next_retry_) next_retry_ = time;
}

/// Lets no further task of a run begin, and interrupts those at work. True: none is.
Result<bool> Runner::stop(RunId id, Active::Wish wish) {
  const std::lock_guard lock(mutex_);
  if (ending_.contains(id)) return Error{Code::kConflict, "the run is just ending"};
  const auto active = active_.find(id);
  if (active == active_.end()) return true;
  active->second->wish = wish;
  active->second->stop = true;
  if (!queue_.drop(id)) return false;
  active_.erase(active);
  return true;
}

Status Runner::pause(RunId id) {
  TRY_ASSIGN(auto run, state_.runs().get(id));
  if (is_over(run.state)) return Error{Code::kConflict, "the run is over"};
  TRY_ASSIGN(const bool stopped, stop(id, Active::Wish::kPause));
  if (!stopped) return ok;  // the last task at work notes it
  run.next_retry.reset();
  return end(std::move(run), RunState::kPaused, "", "");
}

Status Runner::resume(RunId id) {
  TRY_ASSIGN(const auto run, state_.runs().get(id));
  if (run.state != RunState::kPaused) return Error{Code::kConflict, "the run is not paused"};
  if (!run.schedule) return Error{Code::kNotFound, "the schedule of the run was removed"};
  TRY_ASSIGN(const auto saved, state_.schedules().get(*run.schedule));
  TRY_ASSIGN(const auto tasks, state_.runs().tasks(id));
  for (auto task : tasks) {
    if (task.state != RunState::kPaused) continue;
    task.state = RunState::kQueued;
    TRY(state_.runs().update(task));
  }
  return begin(id, saved.schedule);
}

Status Runner::cancel(RunId id) {
  TRY_ASSIGN(const auto run, state_.runs().get(id));
  if (is_over(run.state)) return Error{Code::kConflict, "the run is over"};
  TRY_ASSIGN(const bool stopped, stop(id, Active::Wish::kCancel));
  if (!stopped) return ok;
  return fail(id, {Code::kCancelled, "cancelled"});
}

Status Runner::supersede(ScheduleId schedule) {
  TRY_ASSIGN(const auto runs, state_.runs().unfinished());
  for (const auto& run : runs)
    if (run.schedule == schedule && is_waiting(run))
      TRY(fail(run.id,
               {Code::kConflict, "the next run of the schedule began before this one was tried again"}));
  return ok;
}

bool Runner::is_active(ScheduleId schedule) const {
  const std::lock_guard lock(mutex_);
  const auto is_its = [&](const auto& a) { return a.second->id == schedule; };
  return std::any_of(active_.begin(), active_.end(), is_its) ||
         std::any_of(unended_.begin(), unended_.end(), is_its);
}

std::vector<Runner::TaskProgress> Runner::progress(RunId run) const {
  const std::lock_guard lock(mutex_);
  std::vector<TaskProgress> out;
  const auto found = active_.find(run);
  if (found == active_.end()) return out;
  for (const auto& [task, p] : found->second->progress)
    out.push_back({task, p->items, p->expected_items, p->bytes, p->skipped, p->phase.load()});
  return out;
}

std::size_t Runner::at_work() const {
  const std::lock_guard lock(mutex_);
  std::size_t n = 0;
  for (const auto& [run, active] : active_) n += active->progress.size();
  return n;
}

void Runner::work() {
  for (;;) {
    std::optional<RunQueue::Next> next;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || (next = queue_.take()); });
      if (stopping_) return;
    }
    carry_out(*next);
  }
}

void Runner::carry_out(const RunQueue::Next& next) {
  const auto active = find_active(next.run);
  const auto carry = [&]() -> Status {
    if (next.task == kFindTasks) return find_tasks(next.run, *active);
    TRY_ASSIGN(const auto task, state_.runs().task(next.task));
    return run_task(task, *active);
  };
  const auto done = carry();
  if (!done) log_error(fmt::format("run {}: {}", next.run.value, done.error().what));
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    active->progress.erase(next.task);
    if (!done) active->unnoted = true;
    if (!done && next.task == kFindTasks) active->stop = true;
    last = queue_.done(next.run, next.task);
    if (last) active_.erase(next.run), ending_.insert(next.run);
  }
  wake_.notify_all();
  if (!last) return;
  end_of_work(next.run, active);
  const std::lock_guard lock(mutex_);
  ending_.erase(next.run);
}

/// The mailboxes of a run, each with every destination.
Status Runner::find_tasks(RunId id, Active& active) {
  TRY_ASSIGN(const auto run, state_.runs().get(id));
  auto found = find_mailboxes(active.schedule, state_, *workshop_.clock);
  if (!found) {
    const bool hope = is_retryable(found.error().code);
    return end_failed(run, active.schedule.retry, hope, found.error().what,
                      std::string(message_code(found.error(), Context::kServer)));
  }
  const auto add = [&]() -> Status {
    for (const auto& mailbox : *found)
      for (const auto& destination : active.schedule.destinations) {
        Task task;
        task.run = id;
        task.connection = mailbox.connection;
        task.mailbox = mailbox.address;
        task.destination = destination.place;
        TRY(state_.runs().add_task(task));
      }
    return ok;
  };
  TRY(state_.together(add));
  TRY_ASSIGN(const auto added, state_.runs().tasks(id));
  const std::lock_guard lock(mutex_);
  if (!active.stop) queue_.add(id, open_tasks(added), at_once(active.schedule));
  return ok;
}

Result<job::BackupReport> Runner::back_up(const Task& task, const Run& run, Active& active) {
  const auto* destination = find_destination(active.schedule, task.destination);
  if (destination == nullptr)
    return Error{Code::kInvalid, "the schedule has no destination " + task.destination + " any more"};
  TRY_ASSIGN(const auto connection, state_.connections().get(task.connection));
  BackupTask work;
  work.schedule = &active.schedule;
  work.destination = destination;
  work.mailbox = task.mailbox;
  work.folders = folders_of(active.schedule, task.connection, task.mailbox);
  work.kind = run.kind == RunKind::kFull ? job::Kind::kFull : job::Kind::kIncremental;
  TRY_ASSIGN(work.server, backup_access(connection.value, task.mailbox, state_.secrets(), *workshop_.clock));
  work.server.rate_limit = active.rate_limit;
  work.connections = static_cast<int>(connection.value.connections);
  if (task.attempts > 1) work.attempted = run.started;
  if (active.schedule.form == Form::kItems && active.schedule.destinations.size() > 1) {
    TRY_ASSIGN(work.second_hand, find_second_hand(state_.runs(), task, active.schedule));
  }
  auto progress = std::make_shared<job::Progress>();
  {
    const std::lock_guard lock(mutex_);
    active.progress[task.id] = progress;
    work.keep_configuration = active.configured.insert(task.destination).second;
  }
  auto done = run_backup_task(work, workshop_, *progress, active.stop);
  if (!done && work.keep_configuration) {  // the next one does
    const std::lock_guard lock(mutex_);
    active.configured.erase(task.destination);
  }
  return done;
}

Status Runner::run_task(const Task& queued, Active& active) {
  TRY_ASSIGN(const auto run, state_.runs().get(queued.run));
  Task task = queued;
  task.state = RunState::kRunning;
  ++task.attempts;
  task.code.clear(), task.error.clear();
  TRY(state_.runs().update(task));
  options_.on_change(task.run);
  auto done = back_up(task, run, active);
  const Status noted = done ? note(task, *done) : note(task, done.error(), active);
  options_.on_change(task.run);
  return noted;
}

/// What a backup came to.
Status Runner::note(Task task, const job::BackupReport& report) {
  const auto ledger = report.manifest.ledger();
  const auto now = to_file_time(workshop_.clock->now());
  task.items = report.items, task.bytes = report.bytes;
  task.skipped = ledger.skipped();
  task.point = report.manifest.name;
  task.state = best_state(ledger);
  if (task.state == RunState::kComplete && report.n_not_in_pst > 0)
    task.state = RunState::kCompleteWithSkipped;
  if (task.state == RunState::kComplete && stored(ledger) == 0 &&
      kind_of(report.manifest.kind) == RunKind::kIncremental)
    task.state = RunState::kNothingNew;
  task.code = code_of(task.state);
  if (is_complete(task.state)) return state_.runs().complete(task, ledger, now);
  TRY(state_.runs().put_ledger(task, ledger, now));
  return state_.runs().update(task);
}

/// What kept a task from being done. One that was interrupted waits to go on.
Status Runner::note(Task task, const Error& why, Active& active) {
  const bool interrupted = why.code == Code::kCancelled && active.stop;
  if (interrupted && active.wish == Active::Wish::kGoOn) return ok;  // the service ends: it stays as it is
  task.state = !interrupted                           ? RunState::kFailed
               : active.wish == Active::Wish::kCancel ? RunState::kCancelled
                                                      : RunState::kPaused;
  task.code = interrupted ? message::kCancelled
                          : message_code(why, context_of(why, task, active.schedule, workshop_));
  task.error = why.what;
  TRY(state_.runs().update(task));
  if (interrupted) return ok;
  if (!is_retryable(why.code)) {
    const std::lock_guard lock(mutex_);
    active.hopeless.insert(task.id);
  }
  return tell(task.run, task.code, task.destination + ": " + why.what);
}

/// A run has no task at work any more.
void Runner::end_of_work(RunId id, const std::shared_ptr<Active>& active) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
  const Status done =
      active->unnoted ? Error{Code::kUnavailable, "not all of its tasks are noted"} : conclude(id, *active);
  if (done) return;
  log_error(fmt::format("run {}: its end could not be noted, this is tried again: {}", id.value,
                        done.error().what));
  const std::lock_guard lock(mutex_);
  unended_.insert_or_assign(id, active);
}

Status Runner::conclude(RunId id, const Active& active) {
  TRY_ASSIGN(auto run, state_.runs().get(id));
  if (is_over(run.state) || is_waiting(run)) return ok;  // its mailboxes could not be found out
  if (active.wish == Active::Wish::kPause) return end(std::move(run), RunState::kPaused, "", "");
  if (active.wish == Active::Wish::kCancel) return fail(id, {Code::kCancelled, "cancelled"});
  TRY_ASSIGN(const auto tasks, state_.runs().tasks(id));
  if (tasks.empty())
    return fail(id,
                {Code::kNotFound, "no mailbox is selected: the schedule's patterns fit none that is there"});
  const auto failed = [](const Task& t) { return t.state == RunState::kFailed; };
  const auto first = std::find_if(tasks.begin(), tasks.end(), failed);
  if (first == tasks.end()) {
    const auto state = worst(tasks);
    return end(std::move(run), state, code_of(state), "");
  }
  const auto text =
      fmt::format("{} of {} tasks failed; {} to {}: {}", std::count_if(tasks.begin(), tasks.end(), failed),
                  tasks.size(), first->mailbox, first->destination, first->error);
  const bool hope = std::any_of(tasks.begin(), tasks.end(),
                                [&](const Task& t) { return failed(t) && !active.hopeless.contains(t.id); });
  return end_failed(std::move(run), active.schedule.retry, hope, text, first->code);
}

/// A run of which something failed: it is tried again if that can help and the schedule wants it.
Status Runner::end_failed(Run run, const RetryRule& retry, bool hope, const std::string& text,
                          const std::string& code) {
  const bool again = hope && retry.enabled && (retry.times == 0 || run.attempt <= retry.times);
  if (again) {
    run.next_retry = to_file_time(workshop_.clock->now() + retry.every);
    TRY(end(run, RunState::kQueued, message::kRetrying, text));
    wait_until(*run.next_retry);
    return ok;
  }
  const bool exhausted = hope && retry.enabled;
  return end(std::move(run), RunState::kFailed, exhausted ? message::kRetriesExhausted : code, text);
}

/// Notes how a run ends, or that it waits.
Status Runner::end(Run run, RunState state, std::string_view code, const std::string& text) {
  const auto now = to_file_time(workshop_.clock->now());
  run.state = state;
  run.code = code, run.error = text;
  if (is_over(state)) run.finished = now;
  const auto store = [&]() -> Status {
    TRY(state_.runs().update(run));
    if (code.empty()) return ok;
    return tell(run.id, code, text);
  };
  TRY(state_.together(store));
  options_.on_end(run);
  options_.on_change(run.id);
  return ok;
}

Status Runner::fail(RunId id, const Error& why) {
  TRY_ASSIGN(auto run, state_.runs().get(id));
  TRY_ASSIGN(const auto tasks, state_.runs().tasks(id));
  const bool cancelled = why.code == Code::kCancelled;
  const auto end_tasks = [&]() -> Status {
    for (auto task : tasks) {
      if (is_over(task.state)) continue;
      task.state = cancelled ? RunState::kCancelled : RunState::kFailed;
      task.code = cancelled ? message::kCancelled : message_code(why, Context::kRun);
      TRY(state_.runs().update(task));
    }
    return ok;
  };
  TRY(state_.together(end_tasks));
  return end(std::move(run), cancelled ? RunState::kCancelled : RunState::kFailed,
             cancelled ? message::kCancelled : message_code(why, Context::kRun), why.what);
}

}  // namespace mk::agent
