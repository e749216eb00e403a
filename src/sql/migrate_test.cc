#include "sql/migrate.h"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "sql/place_test.h"

namespace mk::sql {
namespace {

const Identity kIdentity{"notebook", 0x4D4B5454, "notebook", "write it anew"};
const Schema kFirst{
    "notebook", "notebook_schema", {"CREATE TABLE note (n BIGINT); INSERT INTO note VALUES (1)"}};
const Schema kThird{
    "notebook",
    "notebook_schema",
    {kFirst.scripts[0],
     "CREATE TABLE mark (n BIGINT); INSERT INTO mark SELECT n + 1 FROM note; DELETE FROM note",
     "INSERT INTO mark VALUES (3)"}};

std::vector<std::int64_t> numbers(Database& db, const std::string& sql) {
  std::vector<std::int64_t> out;
  EXPECT_TRUE(db.query(sql, {}, [&](const Row& row) -> Result<bool> {
    out.push_back(row.integer(0));
    return true;
  })) << sql;
  return out;
}

class MigrateTest : public PlaceTest {
 protected:
  std::unique_ptr<Database> open(const Identity& identity = kIdentity) {
    auto opened = open_database(place, Missing::kMake, identity);
    EXPECT_TRUE(opened) << opened.error().what;
    return *std::move(opened);
  }
};

TEST_P(MigrateTest, AppliesWhatIsMissingOnce) {
  const auto db = open();
  auto is_new = migrate(*db, kFirst);
  ASSERT_TRUE(is_new) << is_new.error().what;
  EXPECT_TRUE(*is_new);
  EXPECT_FALSE(*migrate(*db, kFirst));
  EXPECT_FALSE(*migrate(*open(), kThird));
  EXPECT_EQ(numbers(*db, "SELECT n FROM note"), std::vector<std::int64_t>{});
  EXPECT_EQ(numbers(*db, "SELECT n FROM mark ORDER BY n"), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(numbers(*db, "SELECT max(version) FROM notebook_schema"), std::vector<std::int64_t>{3});
}

TEST_P(MigrateTest, LeavesAFailedStepUndoneAndWhatCameBeforeDone) {
  const auto db = open();
  Schema bad = kThird;
  bad.scripts[2] = "INSERT INTO mark VALUES (3); INSERT INTO nowhere VALUES (1)";
  EXPECT_FALSE(migrate(*db, bad));
  EXPECT_EQ(numbers(*db, "SELECT n FROM mark"), std::vector<std::int64_t>{2});
  EXPECT_FALSE(*migrate(*db, kThird));
  EXPECT_EQ(numbers(*db, "SELECT n FROM mark ORDER BY n"), (std::vector<std::int64_t>{2, 3}));
}

TEST_P(MigrateTest, RefusesANewerSchema) {
  const auto db = open();
  ASSERT_TRUE(migrate(*db, kThird));
  const auto refused = migrate(*db, kFirst);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_NE(refused.error().what.find("the notebook has schema 3"), std::string::npos)
      << refused.error().what;
}

INSTANTIATE_TEST_SUITE_P(All, MigrateTest, testing::Values(Dialect::kSqlite, Dialect::kPostgres), name_of);

// Kills the program at each write and sync that SQLite does, through the system calls that it lets be
// replaced.
long dies_at = 0;
void step() {
  if (dies_at > 0 && --dies_at == 0) ::_exit(9);
}
ssize_t dying_write(int fd, const void* bytes, size_t n, off_t at) {
  step();
  return ::pwrite(fd, bytes, n, at);
}
ssize_t dying_append(int fd, const void* bytes, size_t n) {
  step();
  return ::write(fd, bytes, n);
}
int dying_truncate(int fd, off_t size) {
  step();
  return ::ftruncate(fd, size);
}
void die_at(long n) {
  dies_at = n;
  sqlite3_vfs* const system = sqlite3_vfs_find(nullptr);
  const auto replace = [&](const char* name, auto* with) {
    ASSERT_EQ(system->xSetSystemCall(system, name, reinterpret_cast<sqlite3_syscall_ptr>(with)), SQLITE_OK);
  };
  replace("pwrite", dying_write);
  replace("pwrite64", dying_write);
  replace("write", dying_append);
  replace("ftruncate", dying_truncate);
}

class SqliteFile : public MigrateTest {
 protected:
  /// The child's end: 9 when it was killed.
  int migrate_in_a_child(long n) {
    const pid_t child = ::fork();
    if (child == 0) {
      die_at(n);
      auto db = open_database(place, Missing::kMake, kIdentity);
      ::_exit(db && migrate(**db, kThird) ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

TEST_P(SqliteFile, KilledAtAnyWriteOfAMigrationGoesOnFromTheLastWholeOne) {
  std::set<std::size_t> left_at;
  for (long n = 1, end = 9; end == 9; ++n) {
    SCOPED_TRACE(n);
    EXPECT_TRUE(remove_database(place, kIdentity));
    end = migrate_in_a_child(n);
    ASSERT_TRUE(end == 9 || end == 0) << end;
    const auto db = open();
    const auto tables = numbers(*db, "SELECT count(*) FROM sqlite_schema");
    left_at.insert(static_cast<std::size_t>(tables[0]));
    ASSERT_TRUE(migrate(*db, kThird));
    EXPECT_EQ(numbers(*db, "SELECT n FROM mark ORDER BY n"), (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(numbers(*db, "SELECT version FROM notebook_schema ORDER BY 1"),
              (std::vector<std::int64_t>{1, 2, 3}));
  }
  EXPECT_EQ(left_at, (std::set<std::size_t>{0, 2, 3}));  // it was killed before, between and behind them
}

TEST_P(SqliteFile, OfSomebodyElseIsNeitherOpenedNorRemoved) {
  ASSERT_TRUE(migrate(*open(), kFirst));
  const Identity other{"ledger", 0x4D4B4C44, "ledger", "write it anew"};
  const auto refused = open_database(place, Missing::kMake, other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_NE(refused.error().what.find("not a ledger of mailkeep"), std::string::npos) << refused.error().what;
  EXPECT_EQ(remove_database(place, other).error().code, Code::kInvalid);
  EXPECT_EQ(numbers(*open(), "SELECT n FROM note"), std::vector<std::int64_t>{1});
}

INSTANTIATE_TEST_SUITE_P(File, SqliteFile, testing::Values(Dialect::kSqlite), name_of);

}  // namespace
}  // namespace mk::sql
