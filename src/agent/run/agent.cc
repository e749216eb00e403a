#include "agent/run/agent.h"

#include <fmt/format.h>

#include "agent/check/messages.h"
#include "agent/keys/recovery.h"
#include "agent/run/plan_json.h"
#include "agent/state/schedule_json.h"
#include "base/log.h"

namespace mk::agent {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(60);  // at the clock, when nothing is due

Moment moment_of(FileTime t) { return std::chrono::floor<std::chrono::seconds>(to_time_point(t)); }
FileTime file_time_of(Moment t) { return to_file_time(t); }

RunKind kind_of(job::Kind kind) { return kind == job::Kind::kFull ? RunKind::kFull : RunKind::kIncremental; }
job::Kind kind_of(RunKind kind) {
  return kind == RunKind::kFull ? job::Kind::kFull : job::Kind::kIncremental;
}

Trigger trigger_of(Cause cause) {
  if (cause == Cause::kSaved) return Trigger::kAfterSaving;
  return cause == Cause::kStart ? Trigger::kStart : Trigger::kTimer;
}

std::string_view text_of(MissedRun::Why why) {
  switch (why) {
    case MissedRun::Why::kDown:
      return "the service was not running";
    case MissedRun::Why::kLate:
      return "the machine slept, or its clock was put forward";
    case MissedRun::Why::kBusy:
      break;
  }
  return "another run of the schedule was under way";
}

Result<Planner> planner_of(const Schedule& schedule) {
  TRY(check(schedule));
  return Planner::make(schedule);
}

}  // namespace

void EventLog::add(const std::string& type, std::int64_t id) {
  const std::lock_guard lock(mutex_);
  events_.push_back({++number_, type, id});
  if (events_.size() > kKept) events_.pop_front();
  wake_.notify_all();
}

std::vector<Event> EventLog::wait(std::int64_t after, std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [&] { return closed_ || number_ > after; });
  std::vector<Event> out;
  for (const auto& e : events_)
    if (e.number > after) out.push_back(e);
  return out;
}

std::int64_t EventLog::newest() const {
  const std::lock_guard lock(mutex_);
  return number_;
}

void EventLog::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  wake_.notify_all();
}

bool EventLog::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

Agent::Agent(const AgentOptions& options) : options_(options), vaults_(*options.clock) {}

Agent::~Agent() {
  events_.close();
  timekeeper_ = {};
  runner_.reset();
  restoring_.reset();
}

Result<std::unique_ptr<Agent>> Agent::start(const AgentOptions& options) {
  std::unique_ptr<Agent> agent(new Agent(options));
  TRY_ASSIGN(agent->state_, AgentState::open(options.directory, options.key));
  TRY(agent->begin());
  return agent;
}

Status Agent::begin() {
  workshop_ = {options_.directory, state_.get(), options_.clock, &vaults_};
  housekeeper_ = std::make_unique<Housekeeper>(workshop_);
  RestoreService::Options restoring;
  restoring.on_change = [this](RestoreId restore) { events_.add("restore", restore.value); };
  restoring.on_proof = [this](const Proof&) { events_.add("proof", 0); };
  TRY_ASSIGN(restoring_, RestoreService::start(*state_, workshop_, std::move(restoring)));
  Runner::Options o;
  o.workers = options_.workers;
  o.on_begin = [this](const Run& run) { run_began(run); };
  o.on_end = [this](const Run& run) { run_ended(run); };
  o.on_change = [this](RunId run) { events_.add("run", run.value); };
  runner_ = std::make_unique<Runner>(*state_, workshop_, std::move(o));
  TRY_ASSIGN(const auto saved, state_->schedules().list());
  const Moment now = moment_of(this->now());
  for (const auto& s : saved) {
    auto planner = planner_of(s.schedule);
    if (!planner) {
      log_error(fmt::format("schedule {} does not run: {}", s.schedule.name, planner.error().what));
      continue;
    }
    auto plan = parse_plan(s.plan);
    if (!plan) plan = planner->created(now);
    Plan p{*std::move(planner), *std::move(plan), s.schedule, {}, {}};
    const auto missed = p.planner.service_started(p.state, now);
    TRY(save(s.id, p));
    TRY(note_missed(s.id, p, missed));
    plans_.emplace(s.id, std::move(p));
  }
  TRY(runner_->resume_all());
  timekeeper_ = std::jthread([this](const std::stop_token& stop) { keep_time(stop); });
  return ok;
}

void Agent::keep_time(const std::stop_token& stop) {
  std::mutex mutex;
  while (!stop.stop_requested()) {
    tick();
    looked_ = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex);
    stopping_.wait_for(lock, stop, options_.look_every, [] { return false; });
  }
}

bool Agent::is_alive() const {
  return std::chrono::steady_clock::now() - looked_.load() < std::chrono::minutes(1);
}

void Agent::tick() {
  struct Due {
    ScheduleId id;
    RunId run;
    Schedule schedule;
  };
  std::vector<Due> due;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, plan] : plans_) {
      if (beginning_.contains(id)) continue;  // the next look knows of that run
      auto run = tick(id, plan);
      if (!run)
        log_error(fmt::format("schedule {}: {}", plan.schedule.name, run.error().what));
      else if (*run)
        due.push_back({id, **run, plan.schedule}), beginning_.insert(id);
    }
  }
  for (const auto& d : due)
    if (const auto begun = begin_run(d.id, d.run, d.schedule); !begun)
      log_error(fmt::format("schedule {}: {}", d.schedule.name, begun.error().what));
  runner_->try_again();
  vaults_.close_idle();
  const auto seconds = moment_of(now()).time_since_epoch().count();
  if (const auto before = chores_looked_.exchange(seconds); seconds / 60 != before / 60) housekeeper_->look();
}

/// With the lock held.
bool Agent::is_under_way(ScheduleId id) const { return beginning_.contains(id) || runner_->is_active(id); }

/// Hands a run of a schedule that was noted as beginning to the Runner.
Status Agent::begin_run(ScheduleId id, RunId run, const Schedule& schedule) {
  const auto begun = [&]() -> Status {
    TRY(runner_->supersede(id));
    return runner_->begin(run, schedule);
  }();
  const std::lock_guard lock(mutex_);
  beginning_.erase(id);
  return begun;
}

/// The run that is to begin, if one is. What is to be done is in the state before it is done.
Result<std::optional<RunId>> Agent::tick(ScheduleId id, Plan& plan) {
  const Moment now = moment_of(this->now());
  const bool is_time = plan.wake && now >= *plan.wake;
  if (!is_time && now >= plan.looked && now - plan.looked < kLookEvery) return std::optional<RunId>();
  const PlanState before = plan.state;
  const Tick t = plan.planner.tick(plan.state, now);
  std::optional<RunId> run;
  const auto store = [&]() -> Status {
    if (plan.state == before && !t.run) return ok;
    TRY(state_->schedules().set_plan(id, format_json(plan.state)));
    if (!t.run) return ok;
    TRY_ASSIGN(run, add_run(id, plan, kind_of(t.run->kind), trigger_of(t.run->cause), {}));
    return ok;
  };
  if (auto stored = state_->together(store); !stored) {
    plan.state = before;  // it is tried again
    return std::move(stored).error();
  }
  plan.looked = now;
  plan.wake = plan.planner.wake(plan.state, now);
  TRY(note_missed(id, plan, t.missed));
  return run;
}

Result<RunId> Agent::add_run(ScheduleId id, const Plan& plan, RunKind kind, Trigger trigger,
                             const std::vector<SelectedMailbox>& mailboxes) {
  Run run;
  run.schedule = id;
  run.schedule_name = plan.schedule.name;
  run.kind = kind;
  run.trigger = trigger;
  run.queued = now();
  std::vector<Task> tasks;
  for (const auto& m : mailboxes)
    for (const auto& d : plan.schedule.destinations) {
      Task task;
      task.connection = m.connection, task.mailbox = m.address, task.destination = d.place;
      tasks.push_back(std::move(task));
    }
  return state_->runs().add(run, tasks);
}

Status Agent::save(ScheduleId id, Plan& plan) {
  plan.wake = plan.planner.wake(plan.state, moment_of(now()));
  plan.looked = {};
  return state_->schedules().set_plan(id, format_json(plan.state));
}

/// A run that was due and did not take place is a run too, for those who look at what happened.
Status Agent::note_missed(ScheduleId id, const Plan& plan, const std::vector<MissedRun>& missed) {
  for (const auto& m : missed) {
    Run run;
    run.schedule = id;
    run.schedule_name = plan.schedule.name;
    run.kind = kind_of(m.kind);
    run.queued = file_time_of(m.at);
    run.finished = now();
    run.state = RunState::kCancelled;
    run.code = message::kMissed;
    run.error = fmt::format("not run at {}: {}", format_utc(run.queued), text_of(m.why));
    TRY_ASSIGN(const auto added, state_->runs().add(run, {}));
    housekeeper_->run_ended(added);
    events_.add("run", added.value);
  }
  return ok;
}

void Agent::run_began(const Run& run) {
  if (!run.schedule) return;
  const std::lock_guard lock(mutex_);
  const auto plan = plans_.find(*run.schedule);
  if (plan == plans_.end() || partial_.contains(run.id)) return;
  run_started(plan->second.state, kind_of(run.kind));
  if (const auto saved = save(plan->first, plan->second); !saved) log_error(saved.error().what);
}

void Agent::run_ended(const Run& run) {
  if (is_over(run.state)) housekeeper_->run_ended(run.id);
  if (!run.schedule) return;
  const std::lock_guard lock(mutex_);
  const auto plan = plans_.find(*run.schedule);
  if (plan != plans_.end() && is_over(run.state)) restoring_->run_ended(plan->second.schedule);
  const bool partial = is_over(run.state) ? partial_.erase(run.id) > 0 : partial_.contains(run.id);
  if (plan == plans_.end() || partial) return;
  run_finished(plan->second.state, kind_of(run.kind), is_complete(run.state));
  if (const auto saved = save(plan->first, plan->second); !saved) log_error(saved.error().what);
}

Result<SavedSchedule> Agent::add_schedule(const Schedule& schedule) {
  TRY_ASSIGN(auto planner, planner_of(schedule));
  TRY(check_recovery(*state_, schedule));
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(auto saved, state_->schedules().add(schedule, now()));
  Plan plan{std::move(planner), {}, schedule, {}, {}};
  plan.state = plan.planner.created(moment_of(now()));
  TRY(save(saved.id, plan));
  plans_.insert_or_assign(saved.id, std::move(plan));
  events_.add("schedule", saved.id.value);
  return saved;
}

Result<SavedSchedule> Agent::replace_schedule(ScheduleId id, std::int64_t version, const Schedule& schedule) {
  TRY_ASSIGN(auto planner, planner_of(schedule));
  TRY(check_recovery(*state_, schedule));
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(auto saved, state_->schedules().replace(id, version, schedule, now()));
  Plan plan{std::move(planner), {}, schedule, {}, {}};
  if (const auto before = plans_.find(id); before != plans_.end()) {
    plan.state = before->second.state;
    plan.planner.changed(before->second.planner, plan.state, moment_of(now()));
  } else {
    plan.state = plan.planner.created(moment_of(now()));
  }
  TRY(save(id, plan));
  plans_.insert_or_assign(id, std::move(plan));
  events_.add("schedule", id.value);
  return saved;
}

Status Agent::remove_schedule(ScheduleId id, std::int64_t version) {
  const std::lock_guard lock(mutex_);
  if (is_under_way(id))
    return Error{Code::kConflict, "a run of the schedule is under way; cancel it first, or wait for its end"};
  TRY(state_->schedules().remove(id, version));
  plans_.erase(id);
  events_.add("schedule", id.value);
  return ok;
}

Result<std::vector<PlannedRun>> Agent::next_runs(ScheduleId id, std::size_t n) {
  const std::lock_guard lock(mutex_);
  const auto plan = plans_.find(id);
  if (plan == plans_.end()) return Error{Code::kNotFound, "no such schedule, or it cannot be planned"};
  return plan->second.planner.next_runs(plan->second.state, moment_of(now()), n);
}

Result<RunId> Agent::run_now(ScheduleId id, RunKind kind, const std::vector<SelectedMailbox>& mailboxes) {
  RunId run;
  Schedule schedule;
  {
    const std::lock_guard lock(mutex_);
    if (is_under_way(id)) return Error{Code::kConflict, "a run of the schedule is under way"};
    const auto plan = plans_.find(id);
    if (plan == plans_.end()) return Error{Code::kNotFound, "no such schedule, or it cannot be planned"};
    schedule = plan->second.schedule;
    TRY_ASSIGN(run, add_run(id, plan->second, kind, Trigger::kManual, mailboxes));
    if (!mailboxes.empty()) partial_.insert(run);
    beginning_.insert(id);
  }
  TRY(begin_run(id, run, schedule));
  return run;
}

}  // namespace mk::agent
