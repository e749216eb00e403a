#include "sql/postgres_database.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <unordered_map>

namespace mk::sql {
namespace {

constexpr std::size_t kPipelined = 500;  // statements that are sent before answers are read

struct Clear {
  void operator()(PGresult* r) const { PQclear(r); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

bool is_good(const PGresult* r) {
  const auto status = PQresultStatus(r);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC;
}

/// By class of SQLSTATE.  PostgreSQL manual, Appendix A
Code code_of(std::string_view state) {
  if (state == "40001" || state == "40P01") return Code::kConflict;
  if (state == "42501" || state.starts_with("28")) return Code::kDenied;
  if (state == "3D000") return Code::kNotFound;
  if (state == "XX001" || state == "XX002") return Code::kCorrupt;
  if (state.starts_with("53") && state != "53300") return Code::kExhausted;
  if (state.empty() || state == "53300" || state == "55P03" || state.starts_with("08") ||
      state.starts_with("57"))
    return Code::kUnavailable;
  return Code::kInternal;
}

std::string remedy_of(Code code, const Identity& identity) {
  switch (code) {
    case Code::kDenied:
      return "; the user needs the right to create in the database, and PGPASSFILE or PGPASSWORD the "
             "password";
    case Code::kNotFound:
      return "; make it: createdb";
    case Code::kExhausted:
      return "; free something on the server";
    case Code::kCorrupt:
      return fmt::format("; the {} is damaged, {}", identity.noun, identity.remedy);
    default:
      return "";
  }
}

/// One line: the server's own text has several.
std::string one_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  std::string out(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

Error make_error(Code code, std::string_view said, const Identity& identity) {
  return {code,
          fmt::format("{} in PostgreSQL: {}{}", identity.noun, one_line(said), remedy_of(code, identity))};
}

/// A refused connection has no SQLSTATE, so what the server says decides.
Error connection_error(PGconn* connection, const Identity& identity) {
  const std::string said = PQerrorMessage(connection);
  const auto says = [&](const char* text) { return said.find(text) != std::string::npos; };
  if (!says("FATAL")) {
    const bool no_password = PQconnectionNeedsPassword(connection) != 0;
    return make_error(no_password ? Code::kDenied : Code::kUnavailable, said, identity);
  }
  if (says("starting up") || says("shutting down") || says("too many"))
    return make_error(Code::kUnavailable, said, identity);
  if (says("database") && says("does not exist")) return make_error(Code::kNotFound, said, identity);
  return make_error(Code::kDenied, said, identity);
}

class PostgresRow final : public Row {
 public:
  PostgresRow(const PGresult* r, int row) : r_(r), row_(row) {}
  bool is_null(int c) const override { return PQgetisnull(r_, row_, c) != 0; }
  /// Big-endian, of as many bytes as the column's type has.
  std::int64_t integer(int c) const override {
    std::uint64_t n = 0;
    const std::string_view raw = value(c);
    const bool negative = !raw.empty() && static_cast<unsigned char>(raw.front()) >= 0x80;
    if (negative && raw.size() > 1) n = ~std::uint64_t{0};
    for (const char b : raw) n = n << 8 | static_cast<unsigned char>(b);
    return static_cast<std::int64_t>(n);
  }
  std::string text(int c) const override { return std::string(value(c)); }
  ByteString bytes(int c) const override { return ByteString(value(c)); }

 private:
  std::string_view value(int c) const {
    return {PQgetvalue(r_, row_, c), static_cast<std::size_t>(PQgetlength(r_, row_, c))};
  }
  const PGresult* r_;
  int row_;
};

/// Parameters as libpq takes them: numbers and text as text, bytes as they are. Points into `values`.
class Parameters {
 public:
  explicit Parameters(const Values& values) : numbers_(values.size()) {
    for (std::size_t i = 0; i < values.size(); ++i) add(values[i], numbers_[i]);
  }
  int n() const { return static_cast<int>(pointers_.size()); }
  const char* const* pointers() const { return pointers_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void add(const Value& value, std::string& number) {
    const char* p = nullptr;
    int length = 0, format = 0;
    if (const auto* const n = std::get_if<std::int64_t>(&value)) {
      number = std::to_string(*n);
      p = number.c_str();
    } else if (const auto* const text = std::get_if<std::string>(&value)) {
      p = text->c_str();
    } else if (const auto* const binary = std::get_if<Binary>(&value)) {
      p = binary->bytes.data();
      length = static_cast<int>(binary->bytes.size());
      format = 1;
    }
    pointers_.push_back(p);
    lengths_.push_back(length);
    formats_.push_back(format);
  }
  std::vector<std::string> numbers_;
  std::vector<const char*> pointers_;
  std::vector<int> lengths_, formats_;
};

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(PGconn* connection, Identity identity)
      : connection_(connection), identity_(std::move(identity)) {}
  ~PostgresDatabase() override { PQfinish(connection_); }

  Dialect dialect() const override { return Dialect::kPostgres; }

  Status run(const std::string& script) override { return check(PQexec(connection_, script.c_str())); }

  Status query(const std::string& sql, const Values& values, const Visit& visit) override {
    TRY_ASSIGN(const std::string name, prepared(sql));
    const Parameters p(values);
    const Answer answer(
        PQexecPrepared(connection_, name.c_str(), p.n(), p.pointers(), p.lengths(), p.formats(), 1));
    if (!is_good(answer.get())) return error(answer.get());
    for (int row = 0; row < PQntuples(answer.get()); ++row) {
      TRY_ASSIGN(const bool more, visit(PostgresRow(answer.get(), row)));
      if (!more) break;
    }
    return ok;
  }

  Status execute_all(const std::string& sql, std::span<const Values> rows) override {
    if (rows.empty()) return ok;
    TRY_ASSIGN(const std::string name, prepared(sql));
    if (PQenterPipelineMode(connection_) != 1) return error(nullptr);
    Status done = ok;
    for (; !rows.empty() && done; rows = rows.subspan(std::min(rows.size(), kPipelined)))
      done = send_some(name, rows.first(std::min(rows.size(), kPipelined)));
    if (PQexitPipelineMode(connection_) != 1 && done) return error(nullptr);
    return done;
  }

 protected:
  Status begin_write() override {
    return run(fmt::format("BEGIN; SELECT pg_advisory_xact_lock({})", identity_.application_id));
  }
  Status begin_read() override { return run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); }

 private:
  Error error(const PGresult* r) const {
    if (PQstatus(connection_) == CONNECTION_BAD)
      return make_error(Code::kUnavailable, PQerrorMessage(connection_), identity_);
    const char* const state = r == nullptr ? nullptr : PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const char* const said = r == nullptr ? nullptr : PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    return make_error(code_of(state == nullptr ? "" : state),
                      said == nullptr ? PQerrorMessage(connection_) : said, identity_);
  }

  Status check(PGresult* r) const {
    const Answer answer(r);
    return is_good(r) ? Status(ok) : error(r);
  }

  Result<std::string> prepared(const std::string& sql) {
    if (const auto known = names_.find(sql); known != names_.end()) return known->second;
    const std::string name = fmt::format("s{}", names_.size());
    TRY(check(PQprepare(connection_, name.c_str(), sql.c_str(), 0, nullptr)));
    names_.emplace(sql, name);
    return name;
  }

  Status send_some(const std::string& name, std::span<const Values> rows) {
    for (const Values& row : rows) {
      const Parameters p(row);
      if (PQsendQueryPrepared(connection_, name.c_str(), p.n(), p.pointers(), p.lengths(), p.formats(), 1) !=
          1)
        return error(nullptr);
    }
    if (PQpipelineSync(connection_) != 1) return error(nullptr);
    return read_answers();
  }

  /// The first error counts; those behind it are its consequences.
  Status read_answers() {
    Status done = ok;
    for (;;) {
      const Answer answer(PQgetResult(connection_));
      if (answer == nullptr) {  // between two answers
        if (PQstatus(connection_) == CONNECTION_BAD) return done ? Status(error(nullptr)) : done;
        continue;
      }
      if (PQresultStatus(answer.get()) == PGRES_PIPELINE_SYNC) return done;
      if (done && !is_good(answer.get())) done = error(answer.get());
    }
  }

  PGconn* connection_;
  Identity identity_;
  std::unordered_map<std::string, std::string> names_;  // of prepared statements, by text
};

Result<std::unique_ptr<PostgresDatabase>> connect(const std::string& url, const Identity& identity) {
  const char* const keywords[] = {"dbname", "application_name", "client_encoding", nullptr};
  const char* const values[] = {url.c_str(), "mailkeep", "UTF8", nullptr};
  PGconn* const connection = PQconnectdbParams(keywords, values, 1);
  auto db = std::make_unique<PostgresDatabase>(connection, identity);
  if (PQstatus(connection) != CONNECTION_OK) return connection_error(connection, identity);
  PQsetNoticeProcessor(connection, [](void*, const char*) {}, nullptr);
  return db;
}

}  // namespace

Status check_postgres_url(const std::string& url) {
  char* said = nullptr;
  PQconninfoOption* const options = PQconninfoParse(url.c_str(), &said);
  if (options == nullptr) {
    const Error e{Code::kInvalid, said == nullptr ? "not a URL of a database" : one_line(said)};
    PQfreemem(said);
    return e;
  }
  bool has_password = false;
  for (const PQconninfoOption* o = options; o->keyword != nullptr; ++o)
    has_password |= std::string_view(o->keyword) == "password" && o->val != nullptr && *o->val != '\0';
  PQconninfoFree(options);
  if (!has_password) return ok;
  return Error{Code::kInvalid,
               "a password in the URL of a database can be seen by everybody on this machine; put it into a "
               "file that PGPASSFILE names, or into PGPASSWORD"};
}

Result<std::unique_ptr<Database>> open_postgres(const std::string& url, Missing missing,
                                                const Identity& identity) {
  TRY_ASSIGN(auto db, connect(url, identity));
  bool there = false;
  TRY(db->query("SELECT 1 FROM pg_namespace WHERE nspname = $1", {identity.schema},
                [&](const Row&) -> Result<bool> { return there = true; }));
  if (!there && missing == Missing::kRefuse)
    return Error{Code::kNotFound, fmt::format("{0} in PostgreSQL: the database has no schema {1}, so no {0}",
                                              identity.noun, identity.schema)};
  if (!there) TRY(db->run("CREATE SCHEMA IF NOT EXISTS " + identity.schema));
  TRY(db->run("SET search_path TO " + identity.schema +
              "; SET lock_timeout = '60s'; SET synchronous_commit = on"));
  return std::unique_ptr<Database>(std::move(db));
}

Status remove_postgres(const std::string& url, const Identity& identity) {
  TRY_ASSIGN(const auto db, connect(url, identity));
  return db->run("DROP SCHEMA IF EXISTS " + identity.schema + " CASCADE");
}

}  // namespace mk::sql
