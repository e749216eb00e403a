#include "agent/api/metrics_text.h"

#include <algorithm>

#include "agent/check/messages.h"

namespace mk::agent {
namespace {

constexpr auto kCountEvery = std::chrono::seconds(15);
constexpr std::size_t kPage = 1000;

double seconds_of(FileTime t) {
  return std::chrono::duration<double>(to_time_point(t).time_since_epoch()).count();
}

/// How the newest run that ended went.
Status add_last(AgentFigures::OfSchedule& s, const Run& run, Runs& runs) {
  s.last_seconds = seconds_of(*run.finished) - seconds_of(run.started.value_or(*run.finished));
  TRY_ASSIGN(const auto tasks, runs.tasks(run.id));
  for (const auto& task : tasks) {
    s.last_items += static_cast<double>(task.items);
    s.last_bytes += static_cast<double>(task.bytes);
    s.last_skipped += static_cast<double>(task.skipped);
  }
  return ok;
}

/// Runs come the newest first.
Status add_run(AgentFigures::OfSchedule& s, const Run& run, Runs& runs) {
  if (run.code == message::kMissed) return s.missed += 1, ok;
  s.running = s.running || run.state == RunState::kRunning;
  if (run.started) s.last_start = std::max(s.last_start, seconds_of(*run.started));
  if (!run.finished || run.state == RunState::kCancelled) return ok;
  const bool first = s.successes + s.warnings + s.failures == 0;
  if (run.state == RunState::kCompleteWithSkipped)
    s.warnings += 1;
  else if (is_complete(run.state))
    s.successes += 1;
  else
    s.failures += 1;
  if (is_complete(run.state)) s.last_success = std::max(s.last_success, seconds_of(*run.finished));
  return first ? add_last(s, run, runs) : Status(ok);
}

Status add_runs(AgentFigures& figures, const std::map<ScheduleId, std::size_t>& places, Runs& runs) {
  RunQuery query;
  query.limit = kPage;
  for (;;) {
    TRY_ASSIGN(const auto page, runs.list(query));
    for (const auto& run : page) {
      figures.waiting_jobs += run.state == RunState::kQueued ? 1 : 0;
      const auto place = run.schedule ? places.find(*run.schedule) : places.end();
      if (place != places.end()) TRY(add_run(figures.schedules[place->second], run, runs));
    }
    if (page.size() < kPage) return ok;
    query.before = page.back().id;
  }
}

Result<AgentFigures> count(Agent& agent) {
  AgentFigures out;
  std::map<ScheduleId, std::size_t> places;
  TRY_ASSIGN(const auto schedules, agent.state().schedules().list());
  for (const auto& saved : schedules) {
    places[saved.id] = out.schedules.size();
    auto& s = out.schedules.emplace_back();
    s.name = saved.schedule.name;
    s.paused = saved.schedule.paused;
    const auto next = agent.next_runs(saved.id, 1);
    if (next && !next->empty()) s.next_run = seconds_of(to_file_time(next->front().at));
  }
  TRY(add_runs(out, places, agent.state().runs()));
  return out;
}

}  // namespace

Result<std::string> MetricsText::get() {
  const std::lock_guard lock(mutex_);
  const auto now = agent_.clock().steady();
  if (!text_.empty() && now - counted_ < kCountEvery) return text_;
  TRY_ASSIGN(auto figures, count(agent_));
  figures.version = MAILKEEP_VERSION;
  figures.start = seconds_of(start_);
  text_ = format_metrics(agent_metrics(figures));
  counted_ = now;
  return text_;
}

}  // namespace mk::agent
