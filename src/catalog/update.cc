#include "catalog/update.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "catalog/point_rows.h"

namespace mk::catalog {
namespace {

constexpr std::uint64_t kManyVersions = 1'000;  // so many new ones change what the planner should know

Binary bytes_of(Bytes bytes) { return {ByteString(as_chars(bytes))}; }

struct Had {
  std::int64_t mailbox = 0;
  std::string mailbox_name;
  ByteString root;
};
using HadPoints = std::map<vault::LogNumber, Had>;

Result<HadPoints> points_had(Database& db) {
  HadPoints out;
  TRY(db.query("SELECT p.number, p.mailbox, m.name, p.root FROM point p JOIN mailbox m ON m.id = p.mailbox",
               {}, [&](const Row& row) -> Result<bool> {
                 out[{static_cast<std::uint64_t>(row.integer(0))}] = {row.integer(1), row.text(2),
                                                                      row.bytes(3)};
                 return true;
               }));
  return out;
}

class Updater {
 public:
  Updater(Catalog& catalog, const vault::Vault& vault, vault::ChunkSource& chunks)
      : catalog_(catalog), db_(catalog.database()), vault_(vault), chunks_(chunks) {
    for (auto& point : archive::mail_points(vault.points())) wanted_.emplace(point.point.number, point);
  }

  Result<UpdateReport> run() {
    TRY(catalog_.take(vault_.id()));
    TRY_ASSIGN(const vault::KnownHead head, catalog_.head());
    TRY(check(head));
    if (head.number == vault_.log().head().number) return report_;  // without waiting for other writers
    TRY(db_.write([this] { return remove_points(); }));
    TRY_ASSIGN(const HadPoints had, points_had(db_));
    for (const auto& [number, point] : wanted_)
      if (!had.contains(number)) TRY(add(point));
    TRY(db_.write([this] { return write_log(); }));
    if (report_.versions_added > kManyVersions)
      TRY(db_.run(db_.dialect() == Dialect::kSqlite ? "PRAGMA analysis_limit=1000; ANALYZE" : "ANALYZE"));
    return report_;
  }

 private:
  Status check(const vault::KnownHead& head) const {
    Status known = vault_.log().check_known(head);
    if (known) return ok;
    Error e = std::move(known).error();
    e.what += "; if it is right as it is, make the catalog anew: `mailkeep vault rebuild-catalog`";
    return std::move(e).in("the catalog has seen a newer state of the vault");
  }

  /// Points that the log has not as they are here; and where one is missing before others, all of its
  /// mailbox.
  Status remove_points() {
    report_.points_removed = 0;
    TRY_ASSIGN(const HadPoints had, points_had(db_));
    std::map<std::string, vault::LogNumber> missing;  // the first one, by mailbox
    for (const auto& [number, point] : wanted_)
      if (!had.contains(number)) missing.emplace(xml_characters(point.mailbox), number);
    for (const auto& [number, point] : had) {
      const auto wanted = wanted_.find(number);
      const auto first_missing = missing.find(point.mailbox_name);
      const bool stays = wanted != wanted_.end() &&
                         as_chars(wanted->second.point.root.id.view()) == point.root &&
                         (first_missing == missing.end() || number < first_missing->second);
      if (stays) continue;
      TRY(remove_point(db_, point.mailbox, number));
      ++report_.points_removed;
    }
    return ok;
  }

  Status add(const archive::MailPoint& point) {
    AddPoint adding{db_, chunks_, wanted_};
    Status done = db_.write([&] { return adding.run(point); });
    if (done) {
      report_.points_added += adding.added ? 1 : 0;
      report_.versions_added += adding.versions;
      return ok;
    }
    const Code code = done.error().code;
    const bool is_damage = code == Code::kCorrupt || code == Code::kTruncated || code == Code::kNotFound ||
                           code == Code::kUnsupported;
    if (!adding.damaged || !is_damage) return done;
    report_.problems.push_back(fmt::format("{} {}: {}", point.mailbox, point.name, done.error().what));
    return db_.write([&] { return add_damaged_point(db_, point, done.error().what); });
  }

  Status write_log() {
    TRY_ASSIGN(const vault::KnownHead head, catalog_.head());
    const vault::KnownHead newest = vault_.log().head();
    if (head.number >= newest.number) return ok;
    std::vector<Values> records;
    std::set<vault::PackId> packs;
    const auto take = [&](const vault::LogRecord& r) -> Status {
      records.push_back({column_number(r.head.number.value), std::int64_t(r.head.type),
                         column_number(r.head.time), bytes_of(r.hash.view()), bytes_of(r.head.root.view()),
                         column_number(r.head.target.value), std::int64_t{r.head.n_packs}});
      packs.insert(r.packs.begin(), r.packs.end());
      return ok;
    };
    TRY(vault_.log().visit_behind(head, take));
    TRY(
        db_.execute_all("INSERT INTO log_record (number, type, at, hash, root, target, packs) VALUES ($1, "
                        "$2, $3, $4, $5, $6, $7)",
                        records));
    TRY(write_packs(packs));
    TRY(write_sessions());
    return db_.execute("UPDATE catalog SET head_number = $1, head_hash = $2",
                       {column_number(newest.number.value), bytes_of(newest.hash.view())});
  }

  /// A pack's state changes only by records that name it.
  Status write_packs(const std::set<vault::PackId>& named) {
    std::map<vault::PackId, vault::ChunkIndex::PackFacts> facts;
    if (!named.empty())
      for (const auto& f : vault_.index().packs()) facts.emplace(f.id, f);
    std::vector<Values> rows;
    for (const vault::PackId& id : named) {
      const vault::PackState* const state = vault_.state().find(id);
      if (state == nullptr) continue;
      Values row{bytes_of(id.view()), std::int64_t(state->is), {}, {}, {}};
      if (const auto f = facts.find(id); f != facts.end()) {
        row[2] = std::int64_t(f->second.kind);
        row[3] = column_number(f->second.bytes);
        row[4] = column_number(f->second.chunks);
      }
      rows.push_back(std::move(row));
    }
    return db_.execute_all(
        "INSERT INTO pack (id, state, kind, bytes, chunks) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO "
        "UPDATE SET "
        "state = excluded.state, kind = excluded.kind, bytes = excluded.bytes, chunks = excluded.chunks",
        rows);
  }

  Status write_sessions() {
    TRY(db_.execute("DELETE FROM session"));
    std::vector<Values> rows;
    for (const auto& [number, session] : vault_.state().sessions()) {
      Values row{column_number(number.value), column_number(session.view.value), {}};
      if (session.silent_since) row[2] = column_number(session.silent_since->ticks);
      rows.push_back(std::move(row));
    }
    return db_.execute_all("INSERT INTO session (number, seen, silent_since) VALUES ($1, $2, $3)", rows);
  }

  Catalog& catalog_;
  Database& db_;
  const vault::Vault& vault_;
  vault::ChunkSource& chunks_;
  WantedPoints wanted_;
  UpdateReport report_;
};

}  // namespace

Result<UpdateReport> update(Catalog& catalog, vault::Vault& vault, vault::ChunkSource& chunks) {
  TRY(vault.refresh());
  return Updater(catalog, vault, chunks).run();
}

}  // namespace mk::catalog
