#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "agent/state/runs.h"

namespace mk::agent {

/// Which task goes next when several runs want the same workers: of those runs that may have one more, the
/// one with the fewest at work, and of equal ones the one that waited longest. So a run of 200 mailboxes does
/// not keep one of a single mailbox waiting.
///
/// Threads: none of its own
class RunQueue {
 public:
  /// `at_once`: how many tasks of this run may be at work; at least 1.
  void add(RunId run, std::vector<TaskId> tasks, std::size_t at_once);
  struct Next {
    RunId run;
    TaskId task;
  };
  std::optional<Next> take();
  /// A task that was taken is done. True: none of its run is left, waiting or at work; the run is forgotten.
  bool done(RunId run);
  /// What waits is taken out; what is at work stays. True: nothing is at work, the run is forgotten.
  bool drop(RunId run);
  /// While a run is held none of its tasks is taken.
  void hold(RunId run, bool held);
  bool contains(RunId run) const { return runs_.contains(run); }

 private:
  struct Waiting {
    std::vector<TaskId> tasks;  // the next one last
    std::size_t at_once = 1, at_work = 0;
    std::size_t turn = 0;  // when it was last taken from
    bool held = false;
  };
  std::map<RunId, Waiting> runs_;
  std::size_t turns_ = 0;
};

}  // namespace mk::agent
