#include "sql/migrate.h"

#include <fmt/format.h>

namespace mk::sql {
namespace {

Result<std::int64_t> number(Database& db, const std::string& sql, const Values& values = {}) {
  std::int64_t n = 0;
  TRY(db.query(sql, values, [&](const Row& row) -> Result<bool> { return n = row.integer(0), true; }));
  return n;
}

/// 0: there are no tables yet.
Result<std::int64_t> version_of(Database& db, const Schema& schema) {
  TRY_ASSIGN(
      const std::int64_t tables,
      number(db,
             db.dialect() == Dialect::kSqlite
                 ? "SELECT count(*) FROM sqlite_schema WHERE name = $1"
                 : "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
             {schema.table}));
  if (tables == 0) return std::int64_t{0};
  return number(db, "SELECT coalesce(max(version), 0) FROM " + schema.table);
}

Error newer(std::int64_t there, const Schema& schema) {
  return {
      Code::kUnsupported,
      fmt::format("the {0} has schema {1}, and this mailkeep knows schemas up to {2}: use a newer mailkeep, "
                  "or another {0}",
                  schema.noun, there, schema.scripts.size())};
}

Status apply(Database& db, const Schema& schema, std::int64_t version) {
  if (version == 0) TRY(db.run("CREATE TABLE " + schema.table + " (version BIGINT NOT NULL)"));
  TRY(db.run(schema.scripts[static_cast<std::size_t>(version)]));
  return db.execute("INSERT INTO " + schema.table + " VALUES ($1)", {version + 1});
}

}  // namespace

Result<bool> migrate(Database& db, const Schema& schema) {
  const auto newest = static_cast<std::int64_t>(schema.scripts.size());
  bool is_new = false;
  for (;;) {
    TRY_ASSIGN(const std::int64_t there, version_of(db, schema));
    if (there > newest) return newer(there, schema);
    if (there == newest) return is_new;
    const auto apply_next = [&]() -> Status {
      TRY_ASSIGN(const std::int64_t now, version_of(db, schema));
      if (now != there) return ok;  // somebody else was faster
      is_new = is_new || there == 0;
      return apply(db, schema, now);
    };
    TRY(db.write(apply_next));
  }
}

}  // namespace mk::sql
