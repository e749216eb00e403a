#pragma once
#include <atomic>
#include <string>
#include <thread>

#include "job/progress.h"

namespace mk::app {

/// Shows how far a run is on standard error: one line that is rewritten on a terminal, a line every ten
/// seconds elsewhere, nothing when quiet.
class ProgressLine {
 public:
  explicit ProgressLine(const job::Progress& progress, bool quiet = false);
  ~ProgressLine();

 private:
  void run(const std::stop_token& stop);
  std::string text(double seconds) const;
  const job::Progress& progress_;
  bool terminal_;
  std::jthread thread_;
};

/// Becomes true on Ctrl-C and SIGTERM, from the first call on; a second signal ends the program at once.
const std::atomic<bool>& interrupted();

}  // namespace mk::app
