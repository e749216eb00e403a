#pragma once
#include <chrono>
#include <cstdint>

namespace mk::net {

/// Tells whether a transfer has been below kSlowestBytesPerSecond for too long.
///
/// Shape: `active` is a time that stands still while the transfer waits on our side; `bytes` grow, and begin
///        anew when a request is repeated
class StallWatch {
 public:
  static constexpr std::uint64_t kSlowestBytesPerSecond = 100;
  using Time = std::chrono::steady_clock::time_point;

  explicit StallWatch(std::chrono::milliseconds longest) : longest_(longest) {}
  void start(Time active) {
    looked_ = moving_ = active;
    bytes_ = 0;
  }
  bool is_stalled(Time active, std::uint64_t bytes) {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(active - looked_);
    if (passed < kBetweenLooks) return false;
    const auto enough = kSlowestBytesPerSecond * static_cast<std::uint64_t>(passed.count()) / 1000;
    if (bytes < bytes_ || bytes - bytes_ >= enough) moving_ = active;
    looked_ = active;
    bytes_ = bytes;
    return active - moving_ >= longest_;
  }

 private:
  static constexpr std::chrono::seconds kBetweenLooks{1};
  std::chrono::milliseconds longest_;
  Time looked_, moving_;  // moving_: when it was last fast enough
  std::uint64_t bytes_ = 0;
};

}  // namespace mk::net
