#include "agent/run/run_queue.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace mk::agent {

void RunQueue::add(RunId run, const std::vector<Together>& tasks, std::size_t at_once) {
  auto& r = runs_[run];
  std::copy_if(tasks.begin(), tasks.end(), std::back_inserter(r.tasks),
               [](const auto& t) { return !t.empty(); });
  r.at_once = std::max<std::size_t>(at_once, 1);
}

std::optional<RunQueue::Next> RunQueue::take() {
  auto best = runs_.end();
  const auto rank = [](const auto& r) { return std::tuple(r.second.at_work.size(), r.second.turn, r.first); };
  for (auto r = runs_.begin(); r != runs_.end(); ++r) {
    const auto& w = r->second;
    if (w.held || w.tasks.empty() || w.at_work.size() >= w.at_once) continue;
    if (best == runs_.end() || rank(*r) < rank(*best)) best = r;
  }
  if (best == runs_.end()) return std::nullopt;
  auto& w = best->second;
  Together tasks = std::move(w.tasks.front());
  w.tasks.pop_front();
  const Next next{best->first, tasks.front()};
  tasks.erase(tasks.begin());
  w.at_work.emplace(next.task, std::move(tasks));
  w.turn = ++turns_;
  return next;
}

bool RunQueue::done(RunId run, TaskId task) {
  const auto r = runs_.find(run);
  if (r == runs_.end()) return false;
  auto& w = r->second;
  auto ended = w.at_work.extract(task);
  if (ended && !ended.mapped().empty()) w.tasks.push_back(std::move(ended.mapped()));
  if (!w.at_work.empty() || !w.tasks.empty()) return false;
  runs_.erase(r);
  return true;
}

bool RunQueue::drop(RunId run) {
  const auto r = runs_.find(run);
  if (r == runs_.end()) return true;
  r->second.tasks.clear();
  for (auto& [task, after] : r->second.at_work) after.clear();
  if (!r->second.at_work.empty()) return false;
  runs_.erase(r);
  return true;
}

void RunQueue::hold(RunId run, bool held) {
  if (const auto r = runs_.find(run); r != runs_.end()) r->second.held = held;
}

}  // namespace mk::agent
