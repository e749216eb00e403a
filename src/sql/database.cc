#include "sql/database.h"

#include "sql/postgres_database.h"
#include "sql/sqlite_database.h"

namespace mk::sql {
namespace {

constexpr int kTries = 5;
constexpr std::string_view kSqlite = "sqlite:";

}  // namespace

Status Database::execute(const std::string& sql, const Values& values) {
  return query(sql, values, [](const Row&) -> Result<bool> { return true; });
}

Status Database::finish(const Status& done) {
  if (done) {
    Status committed = run("COMMIT");
    if (committed) return committed;
    static_cast<void>(run("ROLLBACK"));
    return committed;
  }
  static_cast<void>(run("ROLLBACK"));  // what went wrong before is what the caller hears of
  return done;
}

Status Database::write(const std::function<Status()>& body) {
  Status done = ok;
  for (int i = 0; i < kTries; ++i) {
    TRY(begin_write());
    done = finish(body());
    if (done || done.error().code != Code::kConflict) return done;
  }
  return Error{Code::kUnavailable, "other writers were in the way again and again: " + done.error().what};
}

Status Database::read(const std::function<Status()>& body) {
  TRY(begin_read());
  return finish(body());
}

Result<DatabasePlace> parse_database_place(const std::string& text) {
  if (text.starts_with(kSqlite) && text.size() > kSqlite.size())
    return DatabasePlace{text, Dialect::kSqlite, text.substr(kSqlite.size())};
  if (text.starts_with("postgresql://") || text.starts_with("postgres://")) {
    TRY(check_postgres_url(text));
    return DatabasePlace{text, Dialect::kPostgres, text};
  }
  return Error{Code::kInvalid, text + ": a database is sqlite:FILE or postgresql://..."};
}

Result<std::unique_ptr<Database>> open_database(const DatabasePlace& place, Missing missing,
                                                const Identity& identity) {
  return place.dialect == Dialect::kSqlite ? open_sqlite(place.target, missing, identity)
                                           : open_postgres(place.target, missing, identity);
}

Status remove_database(const DatabasePlace& place, const Identity& identity) {
  return place.dialect == Dialect::kSqlite ? remove_sqlite(place.target, identity)
                                           : remove_postgres(place.target, identity);
}

}  // namespace mk::sql
