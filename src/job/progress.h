#pragma once
#include <atomic>
#include <cstdint>

namespace mk::job {

/// What a long run tells whoever watches it. Written by the run, read at any time from any thread.
struct Progress {
  std::atomic<std::uint64_t> expected_items{0};  // what the server counted at the start; 0: not known
  std::atomic<std::uint64_t> items{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> skipped{0};
  std::atomic<std::int64_t> throttled_ms{0};
  std::atomic<const char*> phase{"starting"};
};

}  // namespace mk::job
