#pragma once
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "agent/restore/restore_work.h"

namespace mk::agent {

/// Carries out restores and undos with workers of its own, so that a restore does not wait for backups. Of
/// one backed up mailbox one at a time.
///
/// What is asked for is kept in the state; a service that was killed goes on where it was (resume_all()).
/// Threads: any
class RestoreRunner {
 public:
  struct Options {
    unsigned workers = 2;  // restores at the same time
    MailboxDoors doors;
    std::function<void(RestoreId)> on_change;  // called without any lock held; may be empty
  };
  RestoreRunner(AgentState& state, const Workshop& workshop, Options options);
  /// Interrupts what runs; it stays unfinished, and a later one goes on with it.
  ~RestoreRunner();

  /// Takes up all that is unfinished.
  Status resume_all();
  /// Errors: kInvalid  check(), the schedule's connections; kNotFound  the schedule, the restore to be undone
  Result<RestoreId> begin(const RestoreRequest& request, const std::string& who);
  /// Goes on with one that failed, was cancelled, or did not get everything through.
  /// Errors: kConflict  it is under way, or complete, or was undone
  Status again(RestoreId id);
  /// Errors: kConflict  it is over
  Status cancel(RestoreId id);

  struct Progress {
    std::uint64_t items = 0, expected = 0, bytes = 0, skipped = 0;
    std::string phase;
  };
  /// Nothing: it is not at work.
  std::optional<Progress> progress(RestoreId id) const;

 private:
  struct Active {
    std::string key;  // what it has for itself
    bool at_work = false;
    std::atomic<bool> cancelled{false}, stop{false};
    job::Progress progress;
  };

  void work();
  Status enqueue(const Restore& restore);
  bool is_active(RestoreId id) const;
  std::optional<RestoreId> take(std::unique_lock<std::mutex>& lock);
  void carry_out(RestoreId id, Active& active);
  Status conclude(Restore restore, const Status& went, const Active& active);
  Result<std::string> key_of(const RestoreRequest& request);
  void changed(RestoreId id) const;

  AgentState& state_;
  const Workshop& workshop_;
  Options options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<RestoreId, std::shared_ptr<Active>> active_;  // waiting or at work
  std::deque<RestoreId> queue_;
  bool stopping_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace mk::agent
