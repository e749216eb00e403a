#pragma once
#include "sql/database.h"

namespace mk::catalog {

using sql::Binary;
using sql::Database;
using sql::DatabasePlace;
using sql::Dialect;
using sql::Missing;
using sql::parse_database_place;
using sql::Row;
using sql::Value;
using sql::Values;

/// What a catalog's database says of itself.
const sql::Identity& identity();

}  // namespace mk::catalog
