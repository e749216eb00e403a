#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mk::agent {

/// Tells the service manager how we are: the sd_notify protocol of systemd, a datagram to the socket that it
/// names. Without one every call succeeds and does nothing.
///
/// Errors:  kUnavailable  the socket does not take it; nothing depends on that
/// Threads: any
class ServiceManager {
 public:
  /// By NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  static ServiceManager from_environment();
  /// `socket`: a path, or `@NAME` in the abstract namespace; empty: no service manager.
  explicit ServiceManager(std::string socket, std::optional<std::chrono::microseconds> watchdog = {})
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  Status ready() const { return send("READY=1"); }
  Status stopping() const { return send("STOPPING=1"); }
  /// Shown by `systemctl status`; one line.
  Status status(std::string_view text) const;
  Status alive() const { return send("WATCHDOG=1"); }
  /// How often alive() has to be called, with half of the time to spare; nothing: the manager does not watch.
  std::optional<std::chrono::microseconds> alive_interval() const;
  bool present() const { return !socket_.empty(); }

 private:
  Status send(std::string_view state) const;
  std::string socket_;
  std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace mk::agent
