#pragma once
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "agent/state/runs.h"

namespace mk::agent {

/// Which task goes next when several runs want the same workers: of those runs that may have one more, the
/// one with the fewest at work, and of equal ones the one that waited longest. So a run of 200 mailboxes does
/// not keep one of a single mailbox waiting. Tasks that belong together go one after another, each when all
/// other tasks that waited have had their turn.
///
/// Threads: none of its own
class RunQueue {
 public:
  using Together = std::vector<TaskId>;  // in order
  /// `at_once`: how many tasks of this run may be at work; at least 1.
  void add(RunId run, const std::vector<Together>& tasks, std::size_t at_once);
  struct Next {
    RunId run;
    TaskId task;
  };
  std::optional<Next> take();
  /// A task that was taken is done. True: none of its run is left, waiting or at work; the run is forgotten.
  bool done(RunId run, TaskId task);
  /// What waits is taken out; what is at work stays. True: nothing is at work, the run is forgotten.
  bool drop(RunId run);
  /// While a run is held none of its tasks is taken.
  void hold(RunId run, bool held);
  bool contains(RunId run) const { return runs_.contains(run); }

 private:
  struct Waiting {
    std::deque<Together> tasks;
    std::map<TaskId, Together> at_work;  // what goes after each
    std::size_t at_once = 1;
    std::size_t turn = 0;  // when it was last taken from
    bool held = false;
  };
  std::map<RunId, Waiting> runs_;
  std::size_t turns_ = 0;
};

}  // namespace mk::agent
