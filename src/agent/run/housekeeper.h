#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "agent/notify/notification_settings.h"
#include "agent/run/backup_task.h"

namespace mk::agent {

/// What follows a run and must not hold up the next: what the schedule's retention lets go, notifications,
/// and the digest at its time. One thread, one thing after the other; what is not done when the service ends
/// is lost but for the digest.
///
/// Threads: any
class Housekeeper {
 public:
  explicit Housekeeper(const Workshop& workshop);
  ~Housekeeper();
  /// A run is over, or waits to be tried again.
  void run_ended(RunId run);
  /// Sends the digest when it is due. Called every now and then.
  void look();
  /// Everything that was handed over is done: for tests and for an orderly end.
  void finish();

 private:
  void work();
  void keep(const std::function<Status()>& chore, const std::string& what);
  Status retain(RunId run);
  Status notify(RunId run);
  Status send_digest();
  Status remind_of_keys();
  Status remind_of_key(const std::string& place, const NotificationSettings& settings);

  const Workshop workshop_;
  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::deque<std::function<void()>> chores_;
  bool busy_ = false, ending_ = false;
  std::jthread thread_;
};

}  // namespace mk::agent
