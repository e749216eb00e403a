#pragma once
#include <functional>
#include <memory>
#include <mutex>

#include "sql/database.h"

namespace mk::agent {

/// The one connection to agent.db, with which threads take turns. What runs within together() is one
/// transaction of its thread, however many tables it goes through.
///
/// Threads: any
class StateFile {
 public:
  explicit StateFile(std::unique_ptr<sql::Database> db) : db_(std::move(db)) {}
  /// All of it or nothing: one step that failed undoes the rest, also when `body` goes on after it.
  Status together(const std::function<Status()>& body);
  /// One statement that gives no rows, or several rows.
  Status execute(const std::string& sql, const sql::Values& values = {});
  Status query(const std::string& sql, const sql::Values& values,
               const std::function<Status(const sql::Row&)>& visit);
  /// True: there was a row.
  Result<bool> query_one(const std::string& sql, const sql::Values& values,
                         const std::function<Status(const sql::Row&)>& visit);
  /// Adds a row and gives its number.
  Result<std::int64_t> insert(const std::string& sql, const sql::Values& values);

 private:
  std::unique_ptr<sql::Database> db_;
  std::recursive_mutex turn_;
  bool within_ = false;      // a transaction
  Status within_went_ = ok;  // the first failure in it
};

}  // namespace mk::agent
