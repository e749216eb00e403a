#include "agent/state/restores.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/state/columns.h"
#include "agent/state/run_rows.h"

namespace mk::agent {
namespace {

constexpr std::size_t kMaxRows = 1000;
constexpr char kColumns[] =
    "id, who, request, requested, started, finished, state, in_state, created, updated, skipped, failed, "
    "bytes, output, notes, error, undone";

Result<Restore> restore_at(const sql::Row& row) {
  Restore r;
  r.id = {row.integer(0)};
  r.who = row.text(1);
  auto request = parse_restore_request(row.text(2));
  if (!request)
    return Error{Code::kCorrupt, fmt::format("agent.db: restore {}: {}", r.id.value, request.error().what)};
  r.request = *std::move(request);
  r.requested = time_at(row, 3);
  r.started = optional_time_at(row, 4), r.finished = optional_time_at(row, 5);
  TRY(state_at(row, 6, r.state));
  r.counts = {count_at(row, 7),  count_at(row, 8),  count_at(row, 9),
              count_at(row, 10), count_at(row, 11), count_at(row, 12)};
  r.output = row.text(13), r.notes = row.text(14), r.error = row.text(15);
  r.undone = optional_time_at(row, 16);
  return r;
}

}  // namespace

Result<RestoreId> Restores::add(const Restore& r) {
  TRY_ASSIGN(
      const auto id,
      file_.insert("INSERT INTO restore (who, request, requested, state, in_state, created, updated, "
                   "skipped, failed, bytes, output, notes, error) VALUES ($1, $2, $3, $4, 0, 0, 0, 0, "
                   "0, 0, '', '', '')",
                   {column(r.who), format_json(r.request), column(r.requested), column(name_of(r.state))}));
  return RestoreId{id};
}

Result<Restore> Restores::get(RestoreId id) {
  std::vector<Restore> found;
  TRY(select("WHERE id = $1", {id.value}, found));
  if (!found.empty()) return std::move(found.front());
  return Error{Code::kNotFound, fmt::format("restore {}: there is none of that number", id.value)};
}

Result<std::vector<Restore>> Restores::list(RestoreId before, std::size_t limit) {
  const auto n = static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, kMaxRows));
  std::vector<Restore> out;
  TRY(select("WHERE $1 = 0 OR id < $1 ORDER BY id DESC LIMIT $2", {before.value, n}, out));
  return out;
}

Result<std::vector<Restore>> Restores::unfinished() {
  std::vector<Restore> out;
  TRY(select("WHERE state IN ('queued', 'running') ORDER BY id", {}, out));
  return out;
}

Status Restores::update(const Restore& r) {
  return file_.execute(
      "UPDATE restore SET request = $1, started = $2, finished = $3, state = $4, in_state = $5, created = "
      "$6, "
      "updated = $7, skipped = $8, failed = $9, bytes = $10, output = $11, notes = $12, error = $13, "
      "undone = $14 WHERE id = $15",
      {format_json(r.request), column(r.started), column(r.finished), column(name_of(r.state)),
       column(r.counts.in_state), column(r.counts.created), column(r.counts.updated),
       column(r.counts.skipped), column(r.counts.failed), column(r.counts.bytes), column(r.output),
       column(r.notes), column(r.error), column(r.undone), r.id.value});
}

Status Restores::select(const std::string& rest, const sql::Values& values, std::vector<Restore>& to) {
  return file_.query(fmt::format("SELECT {} FROM restore {}", kColumns, rest), values,
                     [&](const sql::Row& row) -> Status {
                       TRY_ASSIGN(auto restore, restore_at(row));
                       to.push_back(std::move(restore));
                       return ok;
                     });
}

}  // namespace mk::agent
