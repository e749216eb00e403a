#pragma once
#include "sql/database.h"

namespace mk::sql {

/// As parse_database_place(), open_database() and remove_database().
Status check_postgres_url(const std::string& url);
Result<std::unique_ptr<Database>> open_postgres(const std::string& url, Missing missing,
                                                const Identity& identity);
Status remove_postgres(const std::string& url, const Identity& identity);

}  // namespace mk::sql
