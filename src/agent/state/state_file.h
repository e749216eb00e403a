#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "sql/database.h"

namespace mk::agent {

/// The connections to agent.db: one that writes, with which threads take turns, and one that only reads, so
/// that nobody who looks waits until something is on the disk. What runs within together() is one transaction
/// of its thread, however many tables it goes through; who reads outside of one sees what was committed.
///
/// Threads: any
class StateFile {
 public:
  StateFile(std::unique_ptr<sql::Database> writer, std::unique_ptr<sql::Database> reader)
      : db_(std::move(writer)), reader_(std::move(reader)) {}
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
  std::unique_ptr<sql::Database> db_, reader_;
  std::recursive_mutex turn_, readers_turn_;
  std::atomic<std::thread::id> writing_;  // the thread that is within together()
  bool within_ = false;                   // a transaction
  Status within_went_ = ok;               // the first failure in it
};

}  // namespace mk::agent
