#include "agent/restore/restore_service.h"

#include <fmt/format.h>

#include "agent/restore/vault_catalog.h"
#include "base/log.h"
#include "base/text.h"

namespace mk::agent {

RestoreService::RestoreService(AgentState& state, const Workshop& workshop, Options options)
    : state_(state),
      workshop_(workshop),
      options_(std::move(options)),
      doors_(options_.doors ? *options_.doors : exchange_doors(state.secrets(), *workshop.clock)),
      runner_(std::make_unique<RestoreRunner>(
          state, workshop, RestoreRunner::Options{options_.workers, doors_, options_.on_change})),
      worker_([this](const std::stop_token& stop) { work(stop); }) {}

Result<std::unique_ptr<RestoreService>> RestoreService::start(AgentState& state, const Workshop& workshop,
                                                              Options options) {
  std::unique_ptr<RestoreService> service(new RestoreService(state, workshop, std::move(options)));
  TRY(service->runner_->resume_all());
  return service;
}

RestoreService::~RestoreService() {
  stop_ = true;
  worker_.request_stop();
  runner_.reset();
}

void RestoreService::run_ended(const Schedule& schedule) {
  const std::lock_guard lock(mutex_);
  to_index_[schedule.name] = schedule;
  wake_.notify_all();
}

void RestoreService::drill_now(Drill drill) {
  const std::lock_guard lock(mutex_);
  wanted_.push_back(std::move(drill));
  wake_.notify_all();
}

void RestoreService::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  auto look = std::chrono::steady_clock::now() + options_.look_every;
  while (!stop.stop_requested()) {
    if (!to_index_.empty()) {
      const auto next = to_index_.extract(to_index_.begin());
      lock.unlock();
      if (const Status done = update_catalogs(next.mapped(), workshop_); !done)
        log_warning(fmt::format("schedule {}: the catalog is not up to date: {}", next.key(),
                                printable(done.error().what)));
      lock.lock();
    } else if (!wanted_.empty()) {
      const Drill drill = std::move(wanted_.front());
      wanted_.pop_front();
      lock.unlock();
      make(drill);
      lock.lock();
    } else if (std::chrono::steady_clock::now() >= look) {
      lock.unlock();
      make_due_drills();
      lock.lock();
      look = std::chrono::steady_clock::now() + options_.look_every;
    } else {
      wake_.wait_until(lock, stop, look, [this] { return !to_index_.empty() || !wanted_.empty(); });
    }
  }
}

void RestoreService::make_due_drills() {
  const auto due = due_drills(state_, workshop_);
  if (!due) return log_warning("restore proofs: " + printable(due.error().what));
  for (const auto& drill : *due)
    if (!stop_) make(drill);
}

void RestoreService::make(const Drill& drill) {
  const auto made = [&]() -> Result<Proof> {
    TRY_ASSIGN(const auto rule, proof_rule(state_.settings()));
    return run_drill(drill, rule, state_, workshop_, doors_, stop_);
  }();
  if (made && options_.on_proof) options_.on_proof(*made);
  if (!made && made.error().code != Code::kCancelled)
    log_warning(fmt::format("restore proof of {} in {}: {}", drill.mailbox, drill.destination,
                            printable(made.error().what)));
}

}  // namespace mk::agent
