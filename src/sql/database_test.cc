#include "sql/database.h"

#include <limits>
#include <set>

#include "sql/place_test.h"

namespace mk::sql {
namespace {

const Identity kIdentity{"test", 0x4D4B5454, "mailkeep_test", "make it anew"};

class DatabaseTest : public PlaceTest {
 protected:
  void SetUp() override {
    PlaceTest::SetUp();
    if (IsSkipped()) return;
    db = connect();
    const std::string bytes = GetParam() == Dialect::kSqlite ? "BLOB" : "BYTEA";
    ASSERT_TRUE(db->run("CREATE TABLE t (n BIGINT PRIMARY KEY, words TEXT, raw " + bytes + ")"));
  }
  std::unique_ptr<Database> connect() {
    auto opened = open_database(place, Missing::kMake, kIdentity);
    EXPECT_TRUE(opened) << opened.error().what;
    return *std::move(opened);
  }
  std::int64_t count(Database& in) {
    std::int64_t n = -1;
    EXPECT_TRUE(in.query("SELECT count(*) FROM t", {},
                         [&](const Row& row) -> Result<bool> { return n = row.integer(0), true; }));
    return n;
  }
  static constexpr const char* kInsert = "INSERT INTO t (n, words, raw) VALUES ($1, $2, $3)";
  std::unique_ptr<Database> db;
};

TEST_P(DatabaseTest, GivesBackWhatItTook) {
  const std::int64_t numbers[] = {
      0, -1, 255, -256, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
  const ByteString raw("\0'\\x\xFF", 5);
  for (const std::int64_t n : numbers) ASSERT_TRUE(db->execute(kInsert, {n, "Grüße 😀 'x'", Binary{raw}}));
  std::set<std::int64_t> seen;
  ASSERT_TRUE(db->query("SELECT n, words, raw FROM t", {}, [&](const Row& row) -> Result<bool> {
    seen.insert(row.integer(0));
    EXPECT_EQ(row.text(1), "Grüße 😀 'x'");
    EXPECT_EQ(row.bytes(2), raw);
    EXPECT_FALSE(row.is_null(1));
    return true;
  }));
  EXPECT_EQ(seen, std::set<std::int64_t>(std::begin(numbers), std::end(numbers)));
  ASSERT_TRUE(db->execute("UPDATE t SET words = $2, raw = $3 WHERE n = $1", {std::int64_t{0}, {}, {}}));
  int nulls = 0;
  ASSERT_TRUE(db->query("SELECT words, raw FROM t WHERE n = 0", {}, [&](const Row& row) -> Result<bool> {
    nulls = (row.is_null(0) ? 1 : 0) + (row.is_null(1) ? 1 : 0);
    return true;
  }));
  EXPECT_EQ(nulls, 2);
}

TEST_P(DatabaseTest, StopsAQueryWhenTheVisitorHasEnoughOrFails) {
  for (std::int64_t n = 0; n < 10; ++n) ASSERT_TRUE(db->execute(kInsert, {n, "x", {}}));
  int seen = 0;
  ASSERT_TRUE(db->query("SELECT n FROM t", {}, [&](const Row&) -> Result<bool> { return ++seen < 3; }));
  EXPECT_EQ(seen, 3);
  const auto fail = [](const Row&) -> Result<bool> { return Error{Code::kCorrupt, "mine"}; };
  EXPECT_EQ(db->query("SELECT n FROM t", {}, fail).error().what, "mine");
  EXPECT_EQ(count(*db), 10);
}

TEST_P(DatabaseTest, WritesAllOfATransactionOrNothing) {
  std::vector<Values> rows;
  for (std::int64_t n = 0; n < 2'000; ++n) rows.push_back({n, "x", {}});
  rows.push_back({std::int64_t{7}, "the second seven", {}});
  EXPECT_EQ(db->write([&] { return db->execute_all(kInsert, rows); }).error().code, Code::kInternal);
  EXPECT_EQ(count(*db), 0);
  rows.pop_back();
  EXPECT_EQ(db->write([&]() -> Status {
                const Status done = db->execute_all(kInsert, rows);
                EXPECT_TRUE(done);
                return Error{Code::kCancelled, "thought better of it"};
              })
                .error()
                .code,
            Code::kCancelled);
  EXPECT_EQ(count(*db), 0);
  ASSERT_TRUE(db->write([&] { return db->execute_all(kInsert, rows); }));
  EXPECT_EQ(count(*connect()), 2'000);
}

TEST_P(DatabaseTest, LetsWritersTakeTurnsAndTriesAgainAfterAConflict) {
  const auto add_one = [](Database& in) {
    return in.write([&]() -> Status {
      std::int64_t n = 0;
      TRY(in.query("SELECT count(*) FROM t", {},
                   [&](const Row& row) -> Result<bool> { return n = row.integer(0), true; }));
      return in.execute(kInsert, {n, "x", {}});
    });
  };
  std::vector<std::thread> writers;
  for (int i = 0; i < 3; ++i)
    writers.emplace_back([&, own = connect()] {
      for (int k = 0; k < 10; ++k) EXPECT_TRUE(add_one(*own));
    });
  for (auto& w : writers) w.join();
  EXPECT_EQ(count(*db), 30);
  int tries = 0;
  EXPECT_TRUE(db->write(
      [&]() -> Status { return ++tries < 3 ? Status(Error{Code::kConflict, "met another"}) : Status(ok); }));
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(db->write([]() -> Status { return Error{Code::kConflict, "always"}; }).error().code,
            Code::kUnavailable);
}

TEST_P(DatabaseTest, ReadsOneState) {
  const auto other = connect();
  ASSERT_TRUE(db->read([&]() -> Status {
    EXPECT_EQ(count(*db), 0);
    EXPECT_TRUE(other->execute(kInsert, {std::int64_t{1}, "x", {}}));
    EXPECT_EQ(count(*db), 0);
    return ok;
  }));
  EXPECT_EQ(count(*db), 1);
}

INSTANTIATE_TEST_SUITE_P(All, DatabaseTest, testing::Values(Dialect::kSqlite, Dialect::kPostgres), name_of);

TEST(DatabasePlaces, AreSqliteFilesAndPostgresUrlsWithoutPasswords) {
  EXPECT_EQ(parse_database_place("sqlite:/a b")->target, "/a b");
  EXPECT_EQ(parse_database_place("postgresql://host/db")->dialect, Dialect::kPostgres);
  for (const char* bad : {"", "sqlite:", "mysql://x", "/a/file"})
    EXPECT_EQ(parse_database_place(bad).error().code, Code::kInvalid) << bad;
  for (const char* secret : {"postgresql://me:geheim@host/db", "postgresql://host/db?password=geheim"}) {
    const auto place = parse_database_place(secret);
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().what.find("geheim"), std::string::npos);
    EXPECT_NE(place.error().what.find("PGPASSFILE"), std::string::npos);
  }
}

}  // namespace
}  // namespace mk::sql
