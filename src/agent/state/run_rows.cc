#include "agent/state/run_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/state/columns.h"
#include "base/text.h"

namespace mk::agent {
namespace {

std::span<const Named<RunKind>> kinds() {
  static constexpr Named<RunKind> kNames[] = {{RunKind::kFull, "full"},
                                              {RunKind::kIncremental, "incremental"}};
  return kNames;
}
std::span<const Named<Trigger>> triggers() {
  static constexpr Named<Trigger> kNames[] = {{Trigger::kTimer, "timer"},
                                              {Trigger::kManual, "manual"},
                                              {Trigger::kRetry, "retry"},
                                              {Trigger::kAfterSaving, "after-saving"},
                                              {Trigger::kStart, "start"}};
  return kNames;
}
std::span<const Named<RunState>> states() {
  static constexpr Named<RunState> kNames[] = {
      {RunState::kQueued, "queued"},         {RunState::kRunning, "running"},
      {RunState::kPaused, "paused"},         {RunState::kNothingNew, "nothing-new"},
      {RunState::kComplete, "complete"},     {RunState::kCompleteWithSkipped, "complete-with-skipped"},
      {RunState::kIncomplete, "incomplete"}, {RunState::kFailed, "failed"},
      {RunState::kCancelled, "cancelled"}};
  return kNames;
}

template <class E>
Status enum_at(const sql::Row& row, int c, std::span<const Named<E>> names, E& to) {
  const std::string name = row.text(c);
  const auto found = find_value(names, name);
  if (!found) return Error{Code::kCorrupt, fmt::format("agent.db: a run or task is \"{}\"", printable(name))};
  to = *found;
  return ok;
}

constexpr char kTaskColumns[] =
    "task.id, task.run, task.connection, task.mailbox, task.destination, task.state, task.attempts, "
    "task.items, "
    "task.bytes, task.skipped, task.point, task.code, task.error";
constexpr int kTaskColumnCount = 13;
constexpr char kLedgerColumns[] =
    "task.run, ledger.task, ledger.mailbox, ledger.destination, ledger.point, ledger.signed_at, ledger.text, "
    "ledger.signature";

Result<Task> task_at(const sql::Row& row) {
  Task t{
      {row.integer(0)}, {row.integer(1)}, row.text(2), row.text(3), row.text(4), {}, 0, 0, 0, 0, {}, {}, {}};
  TRY(state_at(row, 5, t.state));
  t.attempts = static_cast<unsigned>(row.integer(6));
  t.items = count_at(row, 7), t.bytes = count_at(row, 8), t.skipped = count_at(row, 9);
  t.point = row.text(10), t.code = row.text(11), t.error = row.text(12);
  return t;
}

/// The columns of a ledger from `first` on.
SignedLedger ledger_at(const sql::Row& row, int first) {
  SignedLedger l{{row.integer(first)}, {row.integer(first + 1)}, row.text(first + 2), row.text(first + 3),
                 row.text(first + 4),  time_at(row, first + 5),  row.text(first + 6), {}};
  const ByteString bytes = row.bytes(first + 7);  // of another length: no signature of anything
  if (bytes.size() == l.signature.size())
    std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size(), l.signature.begin());
  return l;
}

}  // namespace

bool is_over(RunState state) { return state > RunState::kPaused; }
bool is_complete(RunState state) {
  return state >= RunState::kNothingNew && state <= RunState::kCompleteWithSkipped;
}
std::string_view name_of(RunKind kind) { return find_name(kinds(), kind); }
std::string_view name_of(Trigger trigger) { return find_name(triggers(), trigger); }
std::string_view name_of(RunState state) { return find_name(states(), state); }

RunState best_state(const job::Ledger& ledger) {
  if (!ledger.balanced()) return RunState::kIncomplete;
  const auto is_unreadable = [](const job::LedgerRow& row) {
    return row.status == job::LedgerRow::Status::kUnreadable;
  };
  const bool unreadable = std::any_of(ledger.rows.begin(), ledger.rows.end(), is_unreadable);
  return ledger.skipped() > 0 || unreadable ? RunState::kCompleteWithSkipped : RunState::kComplete;
}

Error bad_state(const std::string& what, RunState state, const std::string& why) {
  return {Code::kInvalid, fmt::format("{}: cannot be {}: {}", what, name_of(state), why)};
}

Status check_bears_out(const Task& task, const job::Ledger& ledger) {
  const std::string what = fmt::format("task {}", task.id.value);
  const RunState best = best_state(ledger);
  if (best == RunState::kIncomplete) return bad_state(what, task.state, "its ledger does not balance");
  if (!is_complete(task.state))
    return bad_state(what, task.state, "complete() is for tasks that are complete");
  const bool stored = job::sum(ledger.total().stored) != 0;
  if (task.state == RunState::kNothingNew && stored)
    return bad_state(what, task.state, "its ledger has stored items");
  if (best == RunState::kCompleteWithSkipped && task.state != best)
    return bad_state(what, task.state, "its ledger has skipped items or unreadable folders");
  return ok;
}

Status state_at(const sql::Row& row, int column, RunState& state) {
  return enum_at(row, column, states(), state);
}

Result<std::int64_t> insert_run(StateFile& file, const Run& r) {
  return file.insert(
      "INSERT INTO run (schedule, schedule_name, kind, trigger, queued, started, finished, next_retry, "
      "state, "
      "attempt, code, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      {r.schedule ? sql::Value(r.schedule->value) : sql::Value(), r.schedule_name, column(name_of(r.kind)),
       column(name_of(r.trigger)), column(r.queued), column(r.started), column(r.finished),
       column(r.next_retry), column(name_of(r.state)), column(r.attempt), r.code, printable(r.error)});
}

Status update_run(StateFile& file, const Run& r) {
  return file.execute(
      "UPDATE run SET started = $2, finished = $3, next_retry = $4, state = $5, attempt = $6, code = $7, "
      "error = $8 WHERE id = $1",
      {r.id.value, column(r.started), column(r.finished), column(r.next_retry), column(name_of(r.state)),
       column(r.attempt), r.code, printable(r.error)});
}

Status select_runs(StateFile& file, const std::string& rest, const sql::Values& values,
                   std::vector<Run>& to) {
  const auto take = [&](const sql::Row& row) -> Status {
    Run& r = to.emplace_back();
    r.id = {row.integer(0)};
    if (!row.is_null(1)) r.schedule = ScheduleId{row.integer(1)};
    r.schedule_name = row.text(2);
    TRY(enum_at(row, 3, kinds(), r.kind));
    TRY(enum_at(row, 4, triggers(), r.trigger));
    r.queued = time_at(row, 5);
    r.started = optional_time_at(row, 6), r.finished = optional_time_at(row, 7);
    r.next_retry = optional_time_at(row, 8);
    TRY(state_at(row, 9, r.state));
    r.attempt = static_cast<unsigned>(row.integer(10));
    r.code = row.text(11), r.error = row.text(12);
    return ok;
  };
  return file.query(
      "SELECT id, schedule, schedule_name, kind, trigger, queued, started, finished, next_retry, state, "
      "attempt, "
      "code, error FROM run " +
          rest,
      values, take);
}

Result<std::int64_t> insert_task(StateFile& file, const Task& t) {
  return file.insert(
      "INSERT INTO task (run, connection, mailbox, destination, state, attempts, items, bytes, skipped, "
      "point, "
      "code, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      {t.run.value, t.connection, t.mailbox, t.destination, column(name_of(t.state)), column(t.attempts),
       column(t.items), column(t.bytes), column(t.skipped), t.point, t.code, printable(t.error)});
}

Status update_task(StateFile& file, const Task& t) {
  return file.execute(
      "UPDATE task SET state = $2, attempts = $3, items = $4, bytes = $5, skipped = $6, point = $7, code = "
      "$8, "
      "error = $9 WHERE id = $1",
      {t.id.value, column(name_of(t.state)), column(t.attempts), column(t.items), column(t.bytes),
       column(t.skipped), t.point, t.code, printable(t.error)});
}

Status select_tasks(StateFile& file, const std::string& rest, const sql::Values& values,
                    std::vector<Task>& to) {
  const auto take = [&](const sql::Row& row) -> Status {
    TRY_ASSIGN(to.emplace_back(), task_at(row));
    return ok;
  };
  return file.query(fmt::format("SELECT {} FROM task {}", kTaskColumns, rest), values, take);
}

Status replace_ledger(StateFile& file, const SignedLedger& l) {
  return file.execute(
      "INSERT INTO ledger (task, mailbox, destination, point, signed_at, text, signature) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (task) DO UPDATE SET mailbox = excluded.mailbox, "
      "destination = excluded.destination, point = excluded.point, signed_at = excluded.signed_at, "
      "text = excluded.text, signature = excluded.signature",
      {l.task.value, l.mailbox, l.destination, l.point, column(l.signed_at), l.text,
       sql::Binary{ByteString(as_chars(l.signature))}});
}

Status select_ledgers(StateFile& file, const std::string& rest, const sql::Values& values,
                      const std::function<Status(const SignedLedger&)>& visit) {
  return file.query(
      fmt::format("SELECT {} FROM ledger JOIN task ON task.id = ledger.task {}", kLedgerColumns, rest),
      values, [&](const sql::Row& row) { return visit(ledger_at(row, 0)); });
}

Status select_complete_tasks(StateFile& file, const std::function<Status(const CompleteTask&)>& visit) {
  const auto take = [&](const sql::Row& row) -> Status {
    CompleteTask c;
    TRY_ASSIGN(c.task, task_at(row));
    if (!row.is_null(kTaskColumnCount + 1)) c.ledger = ledger_at(row, kTaskColumnCount);
    return visit(c);
  };
  return file.query(
      fmt::format("SELECT {}, {} FROM task LEFT JOIN ledger ON ledger.task = task.id WHERE task.state IN "
                  "('nothing-new', 'complete', 'complete-with-skipped') ORDER BY task.id",
                  kTaskColumns, kLedgerColumns),
      {}, take);
}

std::string why_not_proved(const CompleteTask& c, const PublicKey& key) {
  if (!c.ledger) return "it has no ledger";
  const SignedLedger& l = *c.ledger;
  if (!verify(key, l)) return "the ledger is not what was signed";
  if (l.mailbox != c.task.mailbox || l.destination != c.task.destination || l.point != c.task.point)
    return "the ledger is of another mailbox, destination or point";
  const auto ledger = parse_ledger(l.text);
  if (!ledger) return ledger.error().what;
  const Status bears_out = check_bears_out(c.task, *ledger);
  return bears_out ? "" : bears_out.error().what;
}

}  // namespace mk::agent
