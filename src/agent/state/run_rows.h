#pragma once
#include <functional>

#include "agent/state/runs.h"

namespace mk::agent {

// Rows of the tables run, task and ledger. `rest` of a statement begins with WHERE.

/// Errors: kCorrupt  a name that no state has
Status state_at(const sql::Row& row, int column, RunState& state);

Result<std::int64_t> insert_run(StateFile& file, const Run& run);
Status update_run(StateFile& file, const Run& run);
Status select_runs(StateFile& file, const std::string& rest, const sql::Values& values, std::vector<Run>& to);

Result<std::int64_t> insert_task(StateFile& file, const Task& task);
Status update_task(StateFile& file, const Task& task);
Status select_tasks(StateFile& file, const std::string& rest, const sql::Values& values,
                    std::vector<Task>& to);

Status replace_ledger(StateFile& file, const SignedLedger& ledger);
Status select_ledgers(StateFile& file, const std::string& rest, const sql::Values& values,
                      const std::function<Status(const SignedLedger&)>& visit);

/// `what` cannot be in that state: kInvalid.
Error bad_state(const std::string& what, RunState state, const std::string& why);
/// Errors: kInvalid  the task's state is better than its ledger
Status check_bears_out(const Task& task, const job::Ledger& ledger);

/// A task that says it is complete, with the ledger that shows it.
struct CompleteTask {
  Task task;
  std::optional<SignedLedger> ledger;
};
Status select_complete_tasks(StateFile& file, const std::function<Status(const CompleteTask&)>& visit);
/// Empty: the ledger is there, is what was signed, is of this task, and bears its state out.
std::string why_not_proved(const CompleteTask& complete, const PublicKey& key);

}  // namespace mk::agent
