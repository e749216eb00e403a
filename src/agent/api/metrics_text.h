#pragma once
#include <mutex>
#include <string>

#include "agent/notify/metrics.h"
#include "agent/run/agent.h"

namespace mk::agent {

/// What /metrics says, counted from all runs that are remembered; counted anew every 15 seconds at most.
/// Threads: any
class MetricsText {
 public:
  explicit MetricsText(Agent& agent) : agent_(agent), start_(agent.now()) {}
  Result<std::string> get();

 private:
  Agent& agent_;
  const FileTime start_;
  std::mutex mutex_;
  std::string text_;
  std::chrono::steady_clock::time_point counted_{};
};

}  // namespace mk::agent
