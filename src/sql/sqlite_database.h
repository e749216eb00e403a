#pragma once
#include <filesystem>

#include "sql/database.h"

namespace mk::sql {

/// As open_database() and remove_database().
Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file, Missing missing,
                                              const Identity& identity);
Status remove_sqlite(const std::filesystem::path& file, const Identity& identity);

}  // namespace mk::sql
