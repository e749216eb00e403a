#include "agent/restore/restore_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/restore/point_address.h"
#include "base/log.h"
#include "base/safe_name.h"
#include "base/text.h"

namespace mk::agent {
namespace {

Error over(RestoreId id) { return {Code::kConflict, fmt::format("restore {} is over already", id.value)}; }
Error under_way(RestoreId id) { return {Code::kConflict, fmt::format("restore {} is under way", id.value)}; }

}  // namespace

RestoreRunner::RestoreRunner(AgentState& state, const Workshop& workshop, Options options)
    : state_(state), workshop_(workshop), options_(std::move(options)) {
  for (unsigned i = 0; i < std::max(options_.workers, 1U); ++i) workers_.emplace_back([this] { work(); });
}

RestoreRunner::~RestoreRunner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& [id, active] : active_) active->stop = true;
  }
  wake_.notify_all();
  workers_.clear();  // joins
}

void RestoreRunner::changed(RestoreId id) const {
  if (options_.on_change) options_.on_change(id);
}

/// Journals are one mailbox's: an undo has them for itself as its restore had.
Result<std::string> RestoreRunner::key_of(const RestoreRequest& request) {
  if (request.undo == 0) return lower_ascii(request.mailbox);
  TRY_ASSIGN(const auto of, state_.restores().get({static_cast<std::int64_t>(request.undo)}));
  return lower_ascii(of.request.mailbox);
}

Status RestoreRunner::enqueue(const Restore& restore) {
  auto active = std::make_shared<Active>();
  TRY_ASSIGN(active->key, key_of(restore.request));
  const std::lock_guard lock(mutex_);
  if (!active_.emplace(restore.id, std::move(active)).second) return under_way(restore.id);
  queue_.push_back(restore.id);
  wake_.notify_all();
  return ok;
}

/// Also for the moment between its end in the state and its worker's being free again.
bool RestoreRunner::is_active(RestoreId id) const {
  const std::lock_guard lock(mutex_);
  return active_.contains(id);
}

Status RestoreRunner::resume_all() {
  TRY_ASSIGN(const auto all, state_.restores().unfinished());
  for (const auto& restore : all) TRY(enqueue(restore));
  return ok;
}

Result<RestoreId> RestoreRunner::begin(const RestoreRequest& request, const std::string& who) {
  TRY(check(request));
  Restore restore;
  restore.who = who;
  restore.request = request;
  restore.requested = to_file_time(workshop_.clock->now());
  if (request.undo == 0) {
    TRY_ASSIGN(const auto address, parse_point(request.point));
    TRY_ASSIGN(const auto saved, state_.schedules().find(address.schedule));
    if (request.target.kind == RestoreTarget::Kind::kOriginal && request.target.connection.empty())
      TRY(connection_of(saved.schedule, request.mailbox));
  } else {
    TRY(key_of(request));
  }
  TRY_ASSIGN(restore.id, state_.restores().add(restore));
  TRY(enqueue(restore));
  changed(restore.id);
  return restore.id;
}

Status RestoreRunner::again(RestoreId id) {
  TRY_ASSIGN(auto restore, state_.restores().get(id));
  if (!is_over(restore.state) || is_active(id)) return under_way(id);
  if (is_complete(restore.state) || restore.undone) return over(id);
  restore.state = RunState::kQueued;
  restore.finished.reset();
  restore.error.clear();
  restore.notes.clear();
  TRY(state_.restores().update(restore));
  TRY(enqueue(restore));
  changed(id);
  return ok;
}

Status RestoreRunner::cancel(RestoreId id) {
  std::unique_lock lock(mutex_);
  const auto found = active_.find(id);
  if (found == active_.end()) {
    lock.unlock();
    TRY(state_.restores().get(id));
    return over(id);
  }
  found->second->cancelled = true;
  found->second->stop = true;
  return ok;
}

std::optional<RestoreRunner::Progress> RestoreRunner::progress(RestoreId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(id);
  if (found == active_.end() || !found->second->at_work) return std::nullopt;
  const auto& p = found->second->progress;
  return Progress{p.items, p.expected_items, p.bytes, p.skipped, p.phase.load()};
}

/// The first one that waits and whose mailbox no other has.
std::optional<RestoreId> RestoreRunner::take(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    if (stopping_) return std::nullopt;
    std::set<std::string> busy;
    for (const auto& [id, active] : active_)
      if (active->at_work) busy.insert(active->key);
    const auto next = std::find_if(queue_.begin(), queue_.end(),
                                   [&](RestoreId id) { return !busy.contains(active_.at(id)->key); });
    if (next != queue_.end()) {
      const RestoreId id = *next;
      queue_.erase(next);
      active_.at(id)->at_work = true;
      return id;
    }
    wake_.wait(lock);
  }
}

void RestoreRunner::work() {
  std::unique_lock lock(mutex_);
  while (const auto id = take(lock)) {
    const auto active = active_.at(*id);
    lock.unlock();
    carry_out(*id, *active);
    lock.lock();
    active_.erase(*id);
    wake_.notify_all();
    lock.unlock();
    changed(*id);
    lock.lock();
  }
}

void RestoreRunner::carry_out(RestoreId id, Active& active) {
  const auto steps = [&]() -> Status {
    TRY_ASSIGN(auto restore, state_.restores().get(id));
    restore.state = RunState::kRunning;
    if (!restore.started) restore.started = to_file_time(workshop_.clock->now());
    TRY(state_.restores().update(restore));
    changed(id);
    const RestoreWork doing{state_, workshop_, options_.doors, active.progress, active.stop};
    const Status went =
        active.cancelled ? Status(Error{Code::kCancelled, "cancelled before it began"}) : doing.run(restore);
    return conclude(std::move(restore), went, active);
  };
  if (const Status done = steps(); !done)
    log_warning(fmt::format("restore {}: {}", id.value, printable(done.error().what)));
}

Status RestoreRunner::conclude(Restore restore, const Status& went, const Active& active) {
  if (!went && went.error().code == Code::kCancelled && !active.cancelled)
    return ok;  // the next start goes on
  restore.finished = to_file_time(workshop_.clock->now());
  if (went) {
    restore.state = restore.counts.failed > 0 ? RunState::kIncomplete : RunState::kComplete;
  } else {
    restore.state = active.cancelled ? RunState::kCancelled : RunState::kFailed;
    restore.error = printable(went.error().what);
  }
  return state_.restores().update(restore);
}

}  // namespace mk::agent
