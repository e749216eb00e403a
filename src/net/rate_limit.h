#pragma once
#include <mutex>

#include "base/time.h"

namespace mk::net {

/// So many bytes a second, for all connections that share it: a token bucket. Each books its bytes and waits
/// until they are due, in the order of the calls.
///
/// Bounds:  after a silence a tenth of a second's worth passes at once; otherwise the mean is never above the
///          limit. Bodies count, as they are on the wire; heads and TLS do not
/// Threads: any
class RateLimit {
 public:
  /// `bytes_per_second`: at least 1. `clock` must outlive it.
  explicit RateLimit(std::uint64_t bytes_per_second, Clock& clock = system_clock());
  /// Waits until `bytes` more may pass.
  void pass(std::uint64_t bytes);
  /// What a connection should move at once, so that waits stay short: a sixteenth of a second's worth.
  std::size_t piece_bytes() const;

 private:
  const std::uint64_t bytes_per_second_;
  Clock& clock_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point due_;  // of all that was booked
};

}  // namespace mk::net
