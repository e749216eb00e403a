#pragma once
#include <chrono>
#include <cstdint>
#include <random>

namespace mk {

/// How long to wait before something that failed is tried again.
///
/// Pauses double from `first` up to `longest`; half of each is random, so that those who failed together do
/// not come back together. A longer pause that the other side asked for is kept, with up to a tenth more.
///
/// Threads: one at a time
class BackOff {
 public:
  using Pause = std::chrono::milliseconds;
  /// The same `seed` gives the same pauses; 0: random.
  BackOff(Pause first, Pause longest, std::uint64_t seed = 0);
  /// After so many failures, 1 and more.
  Pause after(int failures, Pause asked_for = Pause(0));

 private:
  Pause between(Pause least, Pause most);

  Pause first_, longest_;
  std::minstd_rand random_;
};

}  // namespace mk
