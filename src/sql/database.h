#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace mk::sql {

/// One parameter of a statement: NULL, a number, text (valid UTF-8 without NUL), or bytes.
struct Binary {
  ByteString bytes;
};
using Value = std::variant<std::monostate, std::int64_t, std::string, Binary>;
using Values = std::vector<Value>;

/// The row that a query stands at; columns count from 0. Each must be asked for as what it is.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string text(int column) const = 0;
  virtual ByteString bytes(int column) const = 0;
};

/// Where a statement must differ.
enum class Dialect { kSqlite, kPostgres };

/// A connection to an SQL database. One text for both dialects: parameters are $1, $2 ..., in the order of
/// `values`.
///
/// Errors:  kConflict     a transaction met another one: it may be tried again (transaction() does)
///          kUnavailable  the server cannot be reached, the connection broke, a lock was not to be had
///          kDenied       no rights, wrong password      kExhausted  no room
///          kCorrupt      an SQLite file is damaged; names it
///          kInternal     whatever else the database says
/// Bounds:  a PostgreSQL answer is held in memory: queries say LIMIT. A connection that broke stays so
/// Threads: one at a time
class Database {
 public:
  /// False: no more rows.
  using Visit = std::function<Result<bool>(const Row&)>;
  virtual ~Database() = default;
  virtual Dialect dialect() const = 0;
  /// Statements without parameters, separated by semicolons.
  virtual Status run(const std::string& script) = 0;
  /// Statements are prepared once.
  virtual Status query(const std::string& sql, const Values& values, const Visit& visit) = 0;
  Status execute(const std::string& sql, const Values& values = {});
  /// One statement for many rows of parameters.
  virtual Status execute_all(const std::string& sql, std::span<const Values> rows) = 0;

  /// Runs `body` in a transaction that no other writer is in at the same time, and commits when it was
  /// successful; a few times when it met another one, so `body` must not mind.
  Status write(const std::function<Status()>& body);
  /// Runs `body`, which only reads, on one state of the database.
  Status read(const std::function<Status()>& body);

 protected:
  virtual Status begin_write() = 0;
  virtual Status begin_read() = 0;

 private:
  Status finish(const Status& done);
};

/// Where a database lies: `sqlite:FILE`, or `postgresql://...` as libpq takes it.
struct DatabasePlace {
  std::string text;  // as given
  Dialect dialect = Dialect::kSqlite;
  std::string target;  // the file, or the whole URL
};
/// Errors: kInvalid  neither of them; a password in the URL, where everybody on the machine sees it
Result<DatabasePlace> parse_database_place(const std::string& text);

/// Whose database it is, so that none of somebody else is ever written to or removed.
struct Identity {
  std::string noun;  // "catalog", in messages
  std::uint32_t application_id =
      0;               // of an SQLite file, not 0; in PostgreSQL the number of the writers' lock
  std::string schema;  // in PostgreSQL, a plain word
  std::string remedy;  // of a damaged one, a clause: "make it anew: ..."
};

/// Opens the database; where there is none it is made (an SQLite file for its owner only) or refused. SQLite
/// keeps a write-ahead log, and what was committed is on the medium.
/// Errors: kInvalid  the file holds something that is not ours; kNotFound  nothing there, no such directory
/// or database
enum class Missing { kMake, kRefuse };
Result<std::unique_ptr<Database>> open_database(const DatabasePlace& place, Missing missing,
                                                const Identity& identity);

/// Removes an SQLite file that begins as one of `identity` does, or takes the schema away from PostgreSQL.
/// Errors: kInvalid  something else is there, which is left alone
Status remove_database(const DatabasePlace& place, const Identity& identity);

}  // namespace mk::sql
