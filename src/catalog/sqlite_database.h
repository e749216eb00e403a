#pragma once
#include <filesystem>

#include "catalog/database.h"

namespace mk::catalog {

/// What "application_id" of our files is, `MKCT`.
inline constexpr std::uint32_t kSqliteApplicationId = 0x4D4B4354;

/// As open_database() and remove_database().
Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& file, Missing missing);
Status remove_sqlite(const std::filesystem::path& file);

}  // namespace mk::catalog
