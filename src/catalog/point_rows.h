#pragma once
#include <map>

#include "archive/point_names.h"
#include "catalog/database.h"

namespace mk::catalog {

/// Rows of restore points. Each call belongs into a transaction.  docs/formats/catalog.md, "For a while"

/// The newest id that a version with these may have is that of the next second.
std::int64_t version_id(std::int64_t seconds, std::int64_t number);
inline constexpr std::int64_t kMaxVersions = std::int64_t{1} << 29;
/// Seconds since 1601, as ids count them.
std::int64_t id_seconds(FileTime t);

/// A number that comes from outside, as a column holds it.
std::int64_t column_number(std::uint64_t n);

/// Points of the log that are mail, by number.
using WantedPoints = std::map<vault::LogNumber, archive::MailPoint>;

/// Adds the versions by which the point differs from the newest readable one of its mailbox. Nothing happens
/// when the point is there, or a newer one of its mailbox.
/// Errors: those of the database; those of `chunks` have `damaged` set
struct AddPoint {
  Database& db;
  vault::ChunkSource& chunks;
  const WantedPoints& wanted;
  bool damaged = false, added = false;
  std::uint64_t versions = 0;  // that were added

  Status run(const archive::MailPoint& point);
};
/// Notes only that the point is there and why it cannot be read.
Status add_damaged_point(Database& db, const archive::MailPoint& point, const std::string& problem);

/// Removes a point and what no other point needs.
Status remove_point(Database& db, std::int64_t mailbox, vault::LogNumber number);

}  // namespace mk::catalog
