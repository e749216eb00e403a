#include "agent/run/run_queue.h"

#include <algorithm>
#include <tuple>

namespace mk::agent {

void RunQueue::add(RunId run, std::vector<TaskId> tasks, std::size_t at_once) {
  auto& r = runs_[run];
  std::reverse(tasks.begin(), tasks.end());
  r.tasks.insert(r.tasks.begin(), tasks.begin(), tasks.end());
  r.at_once = std::max<std::size_t>(at_once, 1);
}

std::optional<RunQueue::Next> RunQueue::take() {
  auto best = runs_.end();
  const auto rank = [](const auto& r) { return std::tuple(r.second.at_work, r.second.turn, r.first); };
  for (auto r = runs_.begin(); r != runs_.end(); ++r) {
    const auto& w = r->second;
    if (w.held || w.tasks.empty() || w.at_work >= w.at_once) continue;
    if (best == runs_.end() || rank(*r) < rank(*best)) best = r;
  }
  if (best == runs_.end()) return std::nullopt;
  auto& w = best->second;
  const Next next{best->first, w.tasks.back()};
  w.tasks.pop_back();
  ++w.at_work;
  w.turn = ++turns_;
  return next;
}

bool RunQueue::done(RunId run) {
  const auto r = runs_.find(run);
  if (r == runs_.end()) return false;
  --r->second.at_work;
  if (r->second.at_work > 0 || !r->second.tasks.empty()) return false;
  runs_.erase(r);
  return true;
}

bool RunQueue::drop(RunId run) {
  const auto r = runs_.find(run);
  if (r == runs_.end()) return true;
  r->second.tasks.clear();
  if (r->second.at_work > 0) return false;
  runs_.erase(r);
  return true;
}

void RunQueue::hold(RunId run, bool held) {
  if (const auto r = runs_.find(run); r != runs_.end()) r->second.held = held;
}

}  // namespace mk::agent
