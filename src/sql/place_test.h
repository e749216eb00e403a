#pragma once
// For tests only: the same tests on an SQLite file and on PostgreSQL.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "sql/database.h"
#include "sql/postgres_test.h"

namespace mk::sql {

/// A place for a database where nothing is yet. The parameter says of which kind.
class PlaceTest : public testing::TestWithParam<Dialect> {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "mk-sql-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    if (GetParam() == Dialect::kSqlite) {
      place = *parse_database_place("sqlite:" + (directory / "file").string());
      return;
    }
    auto& server = PostgresServer::get();
    if (!server.why_not().empty()) GTEST_SKIP() << server.why_not();
    static std::atomic<int> n = 0;
    const std::string database = "test" + std::to_string(++n);
    const Identity tests{"database of tests", 1, "tests", ""};
    const auto all = open_database(*parse_database_place(server.url("postgres")), Missing::kMake, tests);
    ASSERT_TRUE(all) << all.error().what;
    ASSERT_TRUE((*all)->run("CREATE DATABASE " + database));
    place = *parse_database_place(server.url(database));
  }
  ~PlaceTest() override {
    std::error_code none;
    if (!directory.empty()) std::filesystem::remove_all(directory, none);
  }
  std::filesystem::path directory;
  DatabasePlace place;
};

inline std::string name_of(const testing::TestParamInfo<Dialect>& info) {
  return info.param == Dialect::kSqlite ? "Sqlite" : "Postgres";
}

}  // namespace mk::sql
