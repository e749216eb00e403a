#pragma once
#include "catalog/database.h"

namespace mk::catalog {

/// As parse_database_place(), open_database() and remove_database(). The tables lie in schema `mailkeep`.
Status check_postgres_url(const std::string& url);
Result<std::unique_ptr<Database>> open_postgres(const std::string& url, Missing missing);
Status remove_postgres(const std::string& url);

}  // namespace mk::catalog
