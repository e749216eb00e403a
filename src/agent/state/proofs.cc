#include "agent/state/proofs.h"

#include "agent/state/columns.h"
#include "base/text.h"

namespace mk::agent {
namespace {

constexpr char kSelect[] =
    "SELECT schedule, mailbox, destination, tried, proven, point, sampled, of, same, differ, unreadable, "
    "round, "
    "way, error FROM proof ";

Proof proof_at(const sql::Row& row) {
  return {row.text(0),       row.text(1),       row.text(2),      time_at(row, 3),  optional_time_at(row, 4),
          row.text(5),       count_at(row, 6),  count_at(row, 7), count_at(row, 8), count_at(row, 9),
          count_at(row, 10), count_at(row, 11), row.text(12),     row.text(13)};
}

}  // namespace

Result<std::vector<Proof>> Proofs::list(const std::string& schedule) {
  std::vector<Proof> out;
  TRY(file_.query(
      std::string(kSelect) + "WHERE $1 = '' OR schedule = $1 ORDER BY mailbox, destination, schedule",
      {schedule}, [&](const sql::Row& row) { return out.push_back(proof_at(row)), Status(ok); }));
  return out;
}

Result<std::optional<Proof>> Proofs::find(const std::string& schedule, const std::string& mailbox,
                                          const std::string& destination) {
  std::optional<Proof> found;
  TRY(file_.query(std::string(kSelect) + "WHERE schedule = $1 AND mailbox = $2 AND destination = $3",
                  {schedule, mailbox, destination},
                  [&](const sql::Row& row) { return found = proof_at(row), Status(ok); }));
  return found;
}

Status Proofs::put(const Proof& p) {
  return file_.execute(
      "INSERT OR REPLACE INTO proof (schedule, mailbox, destination, tried, proven, point, sampled, of, "
      "same, "
      "differ, unreadable, round, way, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
      "$13, "
      "$14)",
      {p.schedule, p.mailbox, p.destination, column(p.tried), column(p.proven), p.point, column(p.sampled),
       column(p.of), column(p.same), column(p.differ), column(p.unreadable), column(p.round), p.way,
       printable(p.error)});
}

}  // namespace mk::agent
