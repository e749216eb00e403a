#pragma once
#include "agent/restore/proof.h"
#include "agent/restore/restore_runner.h"

namespace mk::agent {

/// All about restoring that goes on by itself: restores and undos, drills when they are due, and the catalogs
/// of vaults after runs.
///
/// Threads: any may call it; it has those of its RestoreRunner, and one for drills and catalogs
class RestoreService {
 public:
  struct Options {
    unsigned workers = 2;                             // restores at the same time
    std::chrono::milliseconds look_every{3'600'000};  // for drills that are due
    std::optional<MailboxDoors> doors;                // none: Exchange
    std::function<void(RestoreId)> on_change;         // of restores
    std::function<void(const Proof&)> on_proof;       // a drill ended; both may be empty
  };
  /// Goes on with restores that an earlier service left unfinished.
  static Result<std::unique_ptr<RestoreService>> start(AgentState& state, const Workshop& workshop,
                                                       Options options);
  /// Interrupts what runs; the next start goes on with it.
  ~RestoreService();

  RestoreRunner& restores() { return *runner_; }
  const MailboxDoors& doors() const { return doors_; }
  /// A run of this schedule ended: its vaults have new points.
  void run_ended(const Schedule& schedule);
  /// A drill that somebody wants now, whether or not it is due.
  void drill_now(Drill drill);

 private:
  RestoreService(AgentState& state, const Workshop& workshop, Options options);
  void work(const std::stop_token& stop);
  void make_due_drills();
  void make(const Drill& drill);

  AgentState& state_;
  const Workshop& workshop_;
  Options options_;
  MailboxDoors doors_;
  std::unique_ptr<RestoreRunner> runner_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::map<std::string, Schedule> to_index_;  // by name
  std::deque<Drill> wanted_;
  std::atomic<bool> stop_{false};
  std::jthread worker_;
};

}  // namespace mk::agent
