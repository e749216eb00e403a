#pragma once
#include "sql/database.h"

namespace mk::sql {

/// The tables of a database as they grew: the n-th script leads from schema n to n + 1.
struct Schema {
  std::string noun;   // "catalog", in messages
  std::string table;  // of one row, which says how many scripts were applied
  std::vector<std::string> scripts;
};

/// Applies the scripts that the database lacks, each in a transaction; true: it was new.
/// Errors: kUnsupported  it has a newer schema than this program knows
Result<bool> migrate(Database& db, const Schema& schema);

}  // namespace mk::sql
