#include "agent/plan/planner.h"

#include <algorithm>

namespace mk::agent {
namespace {

using namespace std::chrono;
using job::Kind;
using Why = MissedRun::Why;

constexpr seconds kOnTime = minutes(5);  // what begins so much later is not at its time any more
constexpr seconds kSetBack =
    hours(24);  // a clock that goes back by more had been wrong: planning begins anew

/// A full has precedence: it brings what an incremental would have brought.
std::optional<PlannedRun> first_waiting(const PlanState& s) {
  if (const auto& full = s.full.waiting) return PlannedRun{Kind::kFull, full->since, full->cause, false};
  if (const auto& incremental = s.incremental.waiting)
    return PlannedRun{s.has_full ? Kind::kIncremental : Kind::kFull, incremental->since, incremental->cause,
                      !s.has_full};
  return std::nullopt;
}

}  // namespace

Result<Planner> Planner::make(const Schedule& schedule) {
  TRY(validate(schedule.full, Kind::kFull));
  if (schedule.incremental) TRY(validate(*schedule.incremental, Kind::kIncremental));
  TRY_ASSIGN(Zone zone, Zone::find(schedule.time_zone));
  return Planner(schedule, zone);
}

Planner::Planner(const Schedule& s, Zone zone)
    : full_(s.full),
      incremental_(s.incremental),
      zone_(zone),
      paused_(s.paused),
      run_after_saving_(s.run_after_saving) {}

std::vector<Planner::Part> Planner::parts(PlanState& state) const {
  std::vector<Part> all{{Kind::kFull, full_, state.full}};
  if (incremental_) all.push_back({Kind::kIncremental, *incremental_, state.incremental});
  return all;
}

bool Planner::takes_day_of(const Timing& timing, Moment t) const {
  return takes_day(timing.weekdays, zone_.day_of(t));
}

PlanState::Progress Planner::begun(const Timing& timing, Moment now) const {
  PlanState::Progress p{now, now, std::nullopt};
  if (is_interval(timing) && takes_day_of(timing, now)) p.waiting = {now, Cause::kCreation};
  return p;
}

PlanState Planner::created(Moment now) const {
  PlanState state;
  for (const Part& part : parts(state)) part.progress = begun(part.timing, now);
  if (run_after_saving_) (incremental_ ? state.incremental : state.full).waiting = {now, Cause::kSaved};
  return state;
}

void Planner::changed(const Planner& before, PlanState& state, Moment now) const {
  const auto goes_on = [&](const Timing& is, const Timing& was) {
    if (is_interval(is) && is_interval(was)) return is.every == was.every;
    return is == was && zone_ == before.zone_;
  };
  if (!goes_on(full_, before.full_)) state.full = begun(full_, now);
  if (!incremental_)
    state.incremental = {now, now, std::nullopt};
  else if (!before.incremental_ || !goes_on(*incremental_, *before.incremental_))
    state.incremental = begun(*incremental_, now);
  if (before.paused_)
    for (const Part& part : parts(state)) part.progress.settled = std::max(part.progress.settled, now);
  if (run_after_saving_) (incremental_ ? state.incremental : state.full).waiting = {now, Cause::kSaved};
}

/// The clock was put back. What ran is not run again when its time comes again, unless the clock had been
/// wrong by more than a day. An interval counts from now on.
void Planner::follow_clock_back(const Part& part, Moment now) const {
  PlanState::Progress& p = part.progress;
  if (p.settled <= now) return;
  if (is_interval(part.timing))
    p.anchor = p.settled = now;
  else if (p.settled - now > kSetBack)
    p.settled = now;
}

/// The times later than what is settled, up to `until`, were not used.
void Planner::step_over(const Part& part, Moment until, Why why, std::vector<MissedRun>& missed) const {
  Moment after = part.progress.settled;
  for (std::size_t n = 0; n < kMostMissed; ++n) {
    const auto at = next_time(part.timing, zone_, part.progress.anchor, after);
    if (!at || *at > until) return;
    missed.push_back({part.kind, *at, why});
    after = *at;
  }
}

void Planner::start(const Part& part, Moment now, std::vector<MissedRun>& missed) const {
  PlanState::Progress& p = part.progress;
  const Timing& t = part.timing;
  std::vector<MissedRun> down;
  step_over(part, now - seconds(1), Why::kDown, down);
  const bool runs = is_interval(t) && takes_day_of(t, now) && (!t.only_if_missed || !down.empty());
  if (runs)
    p.waiting = {now, Cause::kStart};
  else
    missed.insert(missed.end(), down.begin(), down.end());
  if (runs || !t.only_if_missed) p.anchor = now;
  p.settled = std::max(p.settled, now - seconds(1));  // what is due right now is in time
}

std::vector<MissedRun> Planner::service_started(PlanState& state, Moment now) const {
  std::vector<MissedRun> missed;
  state.running.reset();
  for (const Part& part : parts(state)) {
    follow_clock_back(part, now);
    if (paused_)
      part.progress.settled = std::max(part.progress.settled, now);
    else
      start(part, now, missed);
  }
  return missed;
}

/// The time for which a run is due now. A time of the calendar counts within kOnTime, that of an interval for
/// as long as the day allows it.
std::optional<Moment> Planner::take_due(const Part& part, Moment now, std::vector<MissedRun>& missed) const {
  PlanState::Progress& p = part.progress;
  const bool interval = is_interval(part.timing);
  const auto first = next_time(part.timing, zone_, p.anchor, p.settled);
  if (!first || *first > now) return std::nullopt;
  auto due = next_time(part.timing, zone_, p.anchor, std::max(p.settled, now - kOnTime - seconds(1)));
  if (due && *due > now) due.reset();
  if (interval && takes_day_of(part.timing, now)) due = first;
  if (!due || !interval) step_over(part, due ? *due - seconds(1) : now, Why::kLate, missed);
  p.settled = now;
  return due;
}

Tick Planner::tick(PlanState& state, Moment now) const {
  Tick tick;
  if (paused_) return tick;
  for (const Part& part : parts(state)) {
    follow_clock_back(part, now);
    const auto due = take_due(part, now, tick.missed);
    if (!due || part.progress.waiting || state.full.waiting) continue;  // what waits brings it
    if (state.running && (part.kind == Kind::kIncremental || *state.running == Kind::kFull))
      tick.missed.push_back({part.kind, *due, Why::kBusy});
    else
      part.progress.waiting = {*due, Cause::kTime};
  }
  if (state.running) return tick;
  tick.run = first_waiting(state);
  if (tick.run) run_started(state, tick.run->kind);
  return tick;
}

std::optional<Moment> Planner::wake(PlanState state, Moment now) const {
  if (paused_) return std::nullopt;
  if (!state.running && first_waiting(state)) return now;
  std::optional<Moment> first;
  for (const Part& part : parts(state)) {
    const auto next = next_time(part.timing, zone_, part.progress.anchor, part.progress.settled);
    if (next && (!first || *next < *first)) first = next;
  }
  if (first) first = std::max(*first, now);
  return first;
}

std::vector<PlannedRun> Planner::next_runs(PlanState state, Moment now, std::size_t n) const {
  std::vector<PlannedRun> runs;
  if (state.running) run_finished(state, *state.running, true);
  for (auto at = wake(state, now); at && runs.size() < n; at = wake(state, *at)) {
    auto run = tick(state, *at).run;
    if (!run) continue;
    run->at = *at;
    runs.push_back(*run);
    run_finished(state, run->kind, true);
  }
  return runs;
}

void run_started(PlanState& state, Kind kind) {
  state.running = kind;
  state.incremental.waiting.reset();
  if (kind == Kind::kFull) state.full.waiting.reset();
}

void run_finished(PlanState& state, Kind kind, bool succeeded) {
  state.running.reset();
  if (succeeded && kind == Kind::kFull) state.has_full = true;
}

}  // namespace mk::agent
