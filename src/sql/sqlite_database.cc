#include "sql/sqlite_database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <unordered_map>

#include "base/file.h"

namespace mk::sql {
namespace {

constexpr int kBusyMilliseconds = 30'000;
constexpr std::size_t kApplicationIdAt = 68;  // in the file's header, big-endian
constexpr std::size_t kHeaderBytes = 100;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};

struct Finalizer {
  void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, Finalizer>;

Code code_of(int rc) {
  switch (rc & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::kCorrupt;
    case SQLITE_FULL:
      return Code::kExhausted;
    case SQLITE_BUSY:
      return rc == SQLITE_BUSY_SNAPSHOT ? Code::kConflict : Code::kUnavailable;
    case SQLITE_LOCKED:
      return Code::kUnavailable;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return Code::kDenied;
    case SQLITE_IOERR:  // a quota, a limit or a full file system that is found out late
      return rc == SQLITE_IOERR_WRITE || rc == SQLITE_IOERR_SHMSIZE ? Code::kExhausted : Code::kInternal;
    default:
      return Code::kInternal;
  }
}

std::string remedy_of(Code code, const Identity& identity) {
  if (code == Code::kCorrupt) return fmt::format("; the {} is damaged, {}", identity.noun, identity.remedy);
  if (code == Code::kExhausted) return "; is the disk full?";
  if (code == Code::kUnavailable) return "; another process works with it, try again later";
  return "";
}

Error not_ours(const std::filesystem::path& file, const Identity& identity) {
  return {
      Code::kInvalid,
      fmt::format("{}: not a {} of mailkeep, or one whose beginning is damaged; it is left as it is: name "
                  "another file, or remove it yourself",
                  file.string(), identity.noun)};
}

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* s) : s_(s) {}
  bool is_null(int c) const override { return sqlite3_column_type(s_, c) == SQLITE_NULL; }
  std::int64_t integer(int c) const override { return sqlite3_column_int64(s_, c); }
  std::string text(int c) const override { return bytes(c); }
  ByteString bytes(int c) const override {
    const void* const p = sqlite3_column_blob(s_, c);
    const auto n = static_cast<std::size_t>(sqlite3_column_bytes(s_, c));
    return p == nullptr ? ByteString() : ByteString(static_cast<const char*>(p), n);
  }

 private:
  sqlite3_stmt* s_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::filesystem::path file, Identity identity)
      : file_(std::move(file)), identity_(std::move(identity)) {}
  ~SqliteDatabase() override {
    statements_.clear();
    sqlite3_close(db_);
  }
  Status open() {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE;
    if (const int rc = sqlite3_open_v2(file_.c_str(), &db_, flags, nullptr); rc != SQLITE_OK)
      return error(rc);
    sqlite3_extended_result_codes(db_, 1);
    sqlite3_busy_timeout(db_, kBusyMilliseconds);
    TRY(check_ours());
    return run(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA "
        "temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON");
  }

  Dialect dialect() const override { return Dialect::kSqlite; }

  Status run(const std::string& script) override {
    const int rc = sqlite3_exec(db_, script.c_str(), nullptr, nullptr, nullptr);
    return rc == SQLITE_OK ? Status(ok) : error(rc);
  }

  Status query(const std::string& sql, const Values& values, const Visit& visit) override {
    TRY_ASSIGN(sqlite3_stmt* const s, prepared(sql));
    const Status done = step_all(s, values, visit);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return done;
  }

  Status execute_all(const std::string& sql, std::span<const Values> rows) override {
    for (const Values& row : rows) TRY(execute(sql, row));
    return ok;
  }

 protected:
  Status begin_write() override { return run("BEGIN IMMEDIATE"); }
  Status begin_read() override { return run("BEGIN"); }

 private:
  Error error(int rc) const {
    const char* const said = db_ == nullptr ? sqlite3_errstr(rc) : sqlite3_errmsg(db_);
    const Code code = code_of(db_ == nullptr ? rc : sqlite3_extended_errcode(db_));
    return {code,
            fmt::format("{} {}: {}{}", identity_.noun, file_.string(), said, remedy_of(code, identity_))};
  }

  /// Refuses a database of somebody else before anything is written to it.
  Status check_ours() {
    std::int64_t id = 0, tables = 0;
    const auto take = [](std::int64_t& into) {
      return [&into](const Row& row) -> Result<bool> { return into = row.integer(0), true; };
    };
    TRY(query("PRAGMA application_id", {}, take(id)));
    TRY(query("SELECT count(*) FROM sqlite_schema", {}, take(tables)));
    if (id == identity_.application_id) return ok;
    if (id != 0 || tables != 0) return not_ours(file_, identity_);
    return run(fmt::format("PRAGMA application_id={}", identity_.application_id));
  }

  Result<sqlite3_stmt*> prepared(const std::string& sql) {
    StatementPtr& kept = statements_[sql];
    if (kept == nullptr) {
      sqlite3_stmt* s = nullptr;
      const auto n = static_cast<int>(sql.size());
      const int rc = sqlite3_prepare_v3(db_, sql.c_str(), n, SQLITE_PREPARE_PERSISTENT, &s, nullptr);
      if (rc != SQLITE_OK) return error(rc);
      kept.reset(s);
    }
    return kept.get();
  }

  Status step_all(sqlite3_stmt* s, const Values& values, const Visit& visit) {
    for (std::size_t i = 0; i < values.size(); ++i) TRY(bind(s, i + 1, values[i]));
    for (;;) {
      const int rc = sqlite3_step(s);
      if (rc == SQLITE_DONE) return ok;
      if (rc != SQLITE_ROW) return error(rc);
      TRY_ASSIGN(const bool more, visit(SqliteRow(s)));
      if (!more) return ok;
    }
  }

  /// $1, $2 ... are names to SQLite, numbered as they come; a value that the text does not name is not bound.
  Status bind(sqlite3_stmt* s, std::size_t number, const Value& value) {
    const int at = sqlite3_bind_parameter_index(s, fmt::format("${}", number).c_str());
    if (at == 0) return ok;
    int rc = SQLITE_OK;
    if (const auto* const n = std::get_if<std::int64_t>(&value))
      rc = sqlite3_bind_int64(s, at, *n);
    else if (const auto* const text = std::get_if<std::string>(&value))
      rc = sqlite3_bind_text64(s, at, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    else if (const auto* const binary = std::get_if<Binary>(&value))
      rc = sqlite3_bind_blob64(s, at, binary->bytes.data(), binary->bytes.size(), SQLITE_STATIC);
    return rc == SQLITE_OK ? Status(ok) : error(rc);
  }

  std::filesystem::path file_;
  Identity identity_;
  sqlite3* db_ = nullptr;
  std::unordered_map<std::string, StatementPtr> statements_;
};

enum class Found { kNothing, kOurs, kOther };

/// From the first bytes: what is damaged elsewhere is ours all the same. Closing the file would take the
/// locks away from a connection of this process to it, so this is for one that goes.
Result<Found> look_at(const std::filesystem::path& path, const Identity& identity) {
  auto file = File::open(path, File::Mode::kRead);
  if (!file && file.error().code == Code::kNotFound) return Found::kNothing;
  if (!file) return std::move(file).error();
  std::array<std::byte, kHeaderBytes> header{};
  TRY_ASSIGN(const std::size_t n, file->read_some_at(0, header));
  if (n == 0) return Found::kNothing;
  std::uint32_t id = 0;
  std::memcpy(&id, header.data() + kApplicationIdAt, sizeof id);
  const bool ours = n == kHeaderBytes && as_chars(Bytes(header).first(kMagic.size())) == kMagic &&
                    __builtin_bswap32(id) == identity.application_id;
  return ours ? Found::kOurs : Found::kOther;
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file, Missing missing,
                                              const Identity& identity) {
  if (missing == Missing::kMake) {
    const auto made =
        File::open(file, File::Mode::kCreateNew);  // mode 0600; SQLite gives its others the same
    if (!made && made.error().code != Code::kConflict) return made.error();
  } else {
    std::error_code unknown;
    if (!std::filesystem::exists(file, unknown))
      return Error{Code::kNotFound, fmt::format("{}: no {} is there", file.string(), identity.noun)};
  }
  auto db = std::make_unique<SqliteDatabase>(file, identity);
  TRY(db->open());
  return std::unique_ptr<Database>(std::move(db));
}

Status remove_sqlite(const std::filesystem::path& file, const Identity& identity) {
  TRY_ASSIGN(const Found found, look_at(file, identity));
  if (found == Found::kOther) return not_ours(file, identity);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code failed;
    std::filesystem::remove(file.string() + suffix, failed);
    if (failed)
      return Error{Code::kDenied,
                   fmt::format("{}{}: cannot be removed: {}", file.string(), suffix, failed.message())};
  }
  return ok;
}

}  // namespace mk::sql
