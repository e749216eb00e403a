#include "agent/state/state_file.h"

namespace mk::agent {

Status StateFile::together(const std::function<Status()>& body) {
  const std::lock_guard turn(turn_);
  if (within_) {
    const Status went = body();
    if (!went && within_went_) within_went_ = went;
    return went;
  }
  Status went = ok;
  const auto once = [&]() -> Status {
    within_ = true;
    writing_ = std::this_thread::get_id();
    within_went_ = ok;
    went = body();
    writing_ = std::thread::id();
    within_ = false;
    if (went) went = within_went_;
    // Under its own code a conflict of versions would be tried again, like one of the database.
    return went ? ok : Status(Error{Code::kCancelled, "undone"});
  };
  const Status done = db_->write(once);
  return went ? done : went;
}

Status StateFile::execute(const std::string& sql, const sql::Values& values) {
  return together([&] { return db_->execute(sql, values); });
}

Status StateFile::query(const std::string& sql, const sql::Values& values,
                        const std::function<Status(const sql::Row&)>& visit) {
  const bool within = writing_ == std::this_thread::get_id();
  const std::lock_guard turn(within ? turn_ : readers_turn_);
  return (within ? db_ : reader_)->query(sql, values, [&](const sql::Row& row) -> Result<bool> {
    TRY(visit(row));
    return true;
  });
}

Result<bool> StateFile::query_one(const std::string& sql, const sql::Values& values,
                                  const std::function<Status(const sql::Row&)>& visit) {
  bool found = false;
  TRY(query(sql, values, [&](const sql::Row& row) {
    found = true;
    return visit(row);
  }));
  return found;
}

Result<std::int64_t> StateFile::insert(const std::string& sql, const sql::Values& values) {
  std::int64_t id = 0;
  const auto take = [&](const sql::Row& row) -> Result<bool> { return id = row.integer(0), true; };
  TRY(together([&] { return db_->query(sql + " RETURNING id", values, take); }));
  return id;
}

}  // namespace mk::agent
