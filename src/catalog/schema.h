#pragma once
#include "catalog/database.h"
#include "sql/migrate.h"

namespace mk::catalog {

/// The tables of a catalog.  docs/formats/catalog.md
sql::Schema schema(Dialect dialect);

/// What is different in the dialects, otherwise the SQL is one text.
struct SearchSql {
  const char* match;   // condition on `search`, {} being the parameter with the query
  const char* add;     // $1 rowid, $2 words
  const char* remove;  // $1 rowid, $2 the words that were added
};
const SearchSql& search_sql(Dialect dialect);

}  // namespace mk::catalog
