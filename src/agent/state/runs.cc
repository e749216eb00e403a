#include "agent/state/runs.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/state/columns.h"
#include "agent/state/run_rows.h"
#include "base/text.h"

namespace mk::agent {
namespace {

constexpr std::size_t kMaxBadLedgers = 100;

Error missing(const char* what, std::int64_t id) {
  return {Code::kNotFound, fmt::format("{} {}: there is none of that number", what, id)};
}

/// The better one comes first.
int rank(RunState state) { return state == RunState::kNothingNew ? 0 : state == RunState::kComplete ? 1 : 2; }

/// A run whose tasks may change.
Status check_open(StateFile& file, RunId id) {
  RunState state{};
  TRY_ASSIGN(const bool found, file.query_one("SELECT state FROM run WHERE id = $1", {id.value},
                                              [&](const sql::Row& row) { return state_at(row, 0, state); }));
  if (!found) return missing("run", id.value);
  if (!is_over(state)) return ok;
  return Error{Code::kInvalid, fmt::format("run {}: it is over ({}), so its tasks stay as they are", id.value,
                                           name_of(state))};
}

/// A run is as good as its worst task.
Status check_tasks_bear_out(StateFile& file, const Run& run) {
  const std::string what = fmt::format("run {}", run.id.value);
  std::size_t n = 0;
  Status went = ok;
  const auto look = [&](const sql::Row& row) -> Status {
    RunState state{};
    TRY(state_at(row, 1, state));
    ++n;
    if (went && (!is_complete(state) || rank(state) > rank(run.state)))
      went = bad_state(what, run.state, fmt::format("task {} is {}", row.integer(0), name_of(state)));
    return ok;
  };
  TRY(file.query("SELECT id, state FROM task WHERE run = $1 ORDER BY id", {run.id.value}, look));
  return n == 0 ? bad_state(what, run.state, "it has no tasks") : went;
}

}  // namespace

Result<RunId> Runs::add(const Run& run, const std::vector<Task>& tasks) {
  if (is_complete(run.state)) return bad_state("a new run", run.state, "it has not run");
  RunId id;
  const auto insert = [&]() -> Status {
    TRY_ASSIGN(id.value, insert_run(file_, run));
    for (Task task : tasks) {
      task.run = id;
      TRY(add_task(task));
    }
    return ok;
  };
  TRY(file_.together(insert));
  return id;
}

Result<Run> Runs::get(RunId id) {
  std::vector<Run> found;
  TRY(select_runs(file_, "WHERE id = $1", {id.value}, found));
  if (found.empty()) return missing("run", id.value);
  return std::move(found.front());
}

Result<std::vector<Run>> Runs::list(const RunQuery& query) {
  constexpr std::size_t kMax = 1000;
  std::string where = "WHERE 1";
  sql::Values values;
  const auto add = [&](const char* condition, sql::Value value) {
    values.push_back(std::move(value));
    where += fmt::format(" AND {} ${}", condition, values.size());
  };
  if (query.schedule) add("schedule =", query.schedule->value);
  if (query.state) add("state =", column(name_of(*query.state)));
  if (query.before) add("id <", query.before->value);
  values.push_back(column(std::uint64_t{std::clamp<std::size_t>(query.limit, 1, kMax)}));
  std::vector<Run> out;
  TRY(select_runs(file_, fmt::format("{} ORDER BY id DESC LIMIT ${}", where, values.size()), values, out));
  return out;
}

Result<std::vector<Run>> Runs::unfinished() {
  std::vector<Run> out;
  TRY(select_runs(file_, "WHERE state IN ('queued', 'running', 'paused') ORDER BY id", {}, out));
  return out;
}

Status Runs::update(const Run& run) {
  return file_.together([&]() -> Status {
    TRY(get(run.id));
    if (is_complete(run.state)) TRY(check_tasks_bear_out(file_, run));
    return update_run(file_, run);
  });
}

Result<std::vector<Task>> Runs::tasks(RunId run) {
  std::vector<Task> out;
  TRY(select_tasks(file_, "WHERE run = $1 ORDER BY id", {run.value}, out));
  return out;
}

Result<std::vector<Task>> Runs::tasks(RunId run, const std::string& mailbox) {
  std::vector<Task> out;
  TRY(select_tasks(file_, "WHERE run = $1 AND mailbox = $2 ORDER BY id", {run.value, mailbox}, out));
  return out;
}

Result<Task> Runs::task(TaskId id) {
  std::vector<Task> found;
  TRY(select_tasks(file_, "WHERE id = $1", {id.value}, found));
  if (found.empty()) return missing("task", id.value);
  return std::move(found.front());
}

Result<TaskId> Runs::add_task(const Task& task) {
  if (is_complete(task.state)) return bad_state("a new task", task.state, "it has not run");
  TaskId id;
  const auto insert = [&]() -> Status {
    TRY(check_open(file_, task.run));
    TRY_ASSIGN(id.value, insert_task(file_, task));
    return ok;
  };
  TRY(file_.together(insert));
  return id;
}

Status Runs::change_task(const Task& task, const std::function<Status(const Task&)>& change) {
  return file_.together([&]() -> Status {
    TRY_ASSIGN(const Task there, this->task(task.id));
    TRY(check_open(file_, there.run));
    return change(there);
  });
}

Status Runs::update(const Task& task) {
  if (is_complete(task.state))
    return bad_state(fmt::format("task {}", task.id.value), task.state, "that needs its ledger");
  return change_task(task, [&](const Task&) { return update_task(file_, task); });
}

Status Runs::complete(const Task& task, const job::Ledger& ledger, FileTime now) {
  TRY(check_bears_out(task, ledger));
  return change_task(task, [&](const Task& there) -> Status {
    TRY(update_task(file_, task));
    return sign(there, task.point, ledger, now);
  });
}

Status Runs::put_ledger(const Task& task, const job::Ledger& ledger, FileTime now) {
  return change_task(task, [&](const Task& there) -> Status {
    if (is_complete(there.state))
      return bad_state(fmt::format("task {}", task.id.value), there.state, "and get another ledger");
    return sign(there, task.point, ledger, now);
  });
}

Status Runs::sign(const Task& there, const std::string& point, const job::Ledger& ledger, FileTime now) {
  SignedLedger entry{there.run, there.id, there.mailbox,       there.destination,
                     point,     now,      ledger_json(ledger), {}};
  entry.signature = key_.sign(as_bytes(signed_bytes(entry)));
  return replace_ledger(file_, entry);
}

Result<std::optional<SignedLedger>> Runs::ledger(TaskId task) {
  std::vector<SignedLedger> found;
  const auto take = [&](const SignedLedger& l) -> Status { return found.push_back(l), ok; };
  TRY(select_ledgers(file_, "WHERE task.id = $1", {task.value}, take));
  return found.empty() ? std::optional<SignedLedger>() : std::optional(std::move(found.front()));
}

Result<std::vector<Runs::BadLedger>> Runs::verify_ledgers() {
  std::vector<BadLedger> bad;
  const auto look = [&](const CompleteTask& c) -> Status {
    const std::string why = why_not_proved(c, key_.public_key());
    if (!why.empty() && bad.size() < kMaxBadLedgers) bad.push_back({c.task.run, c.task.id, why});
    return ok;
  };
  TRY(select_complete_tasks(file_, look));
  return bad;
}

Status Runs::add_lines(const std::vector<LogLine>& lines) {
  return file_.together([&]() -> Status {
    for (const LogLine& line : lines)
      TRY(file_.execute("INSERT INTO log_line (run, time, code, text) VALUES ($1, $2, $3, $4)",
                        {line.run.value, column(line.time), line.code, printable(line.text)}));
    return ok;
  });
}

Result<std::vector<LogLine>> Runs::lines(RunId run, std::int64_t after, std::size_t limit) {
  std::vector<LogLine> out;
  const auto take = [&](const sql::Row& row) -> Status {
    out.push_back({row.integer(0), run, time_at(row, 1), row.text(2), row.text(3)});
    return ok;
  };
  TRY(
      file_.query("SELECT number, time, code, text FROM log_line WHERE run = $1 AND number > $2 "
                  "ORDER BY number LIMIT $3",
                  {run.value, after, column(std::uint64_t{limit})}, take));
  return out;
}

Result<std::size_t> Runs::forget_before(FileTime time) {
  constexpr char kOver[] = "FROM run WHERE finished < $1 AND state NOT IN ('queued', 'running', 'paused')";
  std::int64_t n = 0;
  const auto forget = [&]() -> Status {
    const auto take = [&](const sql::Row& row) -> Status { return n = row.integer(0), ok; };
    TRY(file_.query(std::string("SELECT count(*) ") + kOver, {column(time)}, take));
    return file_.execute(std::string("DELETE ") + kOver, {column(time)});
  };
  TRY(file_.together(forget));
  return static_cast<std::size_t>(n);
}

}  // namespace mk::agent
