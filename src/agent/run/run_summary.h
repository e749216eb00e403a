#pragma once
#include "agent/notify/digest.h"
#include "agent/state/agent_state.h"

namespace mk::agent {

/// A run as notifications tell it.
RunSummary summary_of(const Run& run, const std::vector<Task>& tasks);

/// All runs that ended after `from`, in the order in which they ended. Bounds: the newest 10,000
Result<std::vector<RunSummary>> runs_since(Runs& runs, FileTime from);

}  // namespace mk::agent
