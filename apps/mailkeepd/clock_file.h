#pragma once
#include <filesystem>
#include <mutex>

#include "base/time.h"

namespace mk::app {

/// A clock that shows what a file says (`2026-11-22T20:00:00Z`), for tests of schedules. Waiting takes real
/// time. A file that cannot be read leaves the time as it was.
class ClockFile final : public Clock {
 public:
  /// Errors: kNotFound, kDenied  the file; kInvalid  not a time
  static Result<std::unique_ptr<ClockFile>> open(const std::filesystem::path& file);
  std::chrono::system_clock::time_point now() const override;
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
  void sleep_for(std::chrono::milliseconds d) override { system_clock().sleep_for(d); }

 private:
  ClockFile(std::filesystem::path file, FileTime time) : file_(std::move(file)), time_(time) {}
  const std::filesystem::path file_;
  mutable std::mutex mutex_;
  mutable FileTime time_;
};

}  // namespace mk::app
