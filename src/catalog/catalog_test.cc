#include "catalog/catalog.h"

#include <sys/stat.h>

#include <fstream>

#include "catalog/fixture_test.h"

namespace mk::catalog {
namespace {

const vault::VaultId kOne{{1}}, kTwo{{2}};

using Both = CatalogTest;

TEST_P(Both, IsMadeOnceAndKnowsItsVault) {
  EXPECT_EQ(Catalog::open(place, Missing::kRefuse).error().code, Code::kNotFound);
  EXPECT_TRUE(open()->is_new());
  const auto catalog = open(Missing::kRefuse);
  EXPECT_FALSE(catalog->is_new());
  EXPECT_FALSE(*catalog->vault());
  EXPECT_EQ(catalog->head()->number.value, 0u);
  ASSERT_TRUE(catalog->take(kOne));
  ASSERT_TRUE(catalog->take(kOne));
  EXPECT_EQ(**open()->vault(), kOne);
  const auto refused = catalog->take(kTwo);
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_NE(refused.error().what.find(kOne.hex()), std::string::npos);
  ASSERT_TRUE(Catalog::recreate(place));
  EXPECT_TRUE(open()->take(kTwo));
}

TEST_P(Both, OfANewerSchemaIsRefusedAndCanBeMadeAnew) {
  ASSERT_TRUE(open()->database().run("INSERT INTO catalog_schema VALUES (99)"));
  const auto refused = Catalog::open(place, Missing::kMake);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_NE(refused.error().what.find("schema 99"), std::string::npos);
  ASSERT_TRUE(Catalog::recreate(place));
  EXPECT_TRUE(open());
}

INSTANTIATE_TEST_SUITE_P(All, Both, testing::Values(Dialect::kSqlite, Dialect::kPostgres), name_of);

class SqliteCatalog : public CatalogTest {
 protected:
  std::filesystem::path file() const { return place.target; }
  std::string content() const {
    std::ifstream in(file(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  void write(const std::string& bytes) const { std::ofstream(file(), std::ios::binary) << bytes; }
};

TEST_P(SqliteCatalog, IsForItsOwnerOnly) {
  const auto catalog = open();
  ASSERT_TRUE(catalog->take(kOne));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat is{};
    ASSERT_EQ(::stat((file().string() + suffix).c_str(), &is), 0) << suffix;
    EXPECT_EQ(is.st_mode & 0777u, 0600u) << suffix;
  }
}

TEST_P(SqliteCatalog, LeavesFilesOfOthersAlone) {
  write("this is a letter to somebody");
  EXPECT_EQ(Catalog::open(place, Missing::kMake).error().code, Code::kCorrupt);
  EXPECT_EQ(Catalog::recreate(place).error().code, Code::kInvalid);
  EXPECT_EQ(content(), "this is a letter to somebody");
  std::filesystem::remove(file());
  {
    const auto db = *sql::open_database(place, Missing::kMake, identity());
    ASSERT_TRUE(db->run("CREATE TABLE mine (n INTEGER); PRAGMA application_id=0"));
  }
  EXPECT_EQ(Catalog::open(place, Missing::kMake).error().code, Code::kInvalid);
  EXPECT_EQ(Catalog::recreate(place).error().code, Code::kInvalid);
}

TEST_P(SqliteCatalog, SaysWhereItIsDamagedAndCanBeMadeAnew) {
  ASSERT_TRUE(open()->take(kOne));
  ASSERT_TRUE(open()->database().run("PRAGMA wal_checkpoint(TRUNCATE)"));
  std::string bytes = content();
  for (std::size_t i = 100; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
  write(bytes);
  const auto refused = Catalog::open(place, Missing::kMake);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_NE(refused.error().what.find(file().string()), std::string::npos);
  EXPECT_NE(refused.error().what.find("rebuild-catalog"), std::string::npos);
  ASSERT_TRUE(Catalog::recreate(place));
  EXPECT_FALSE(*open()->vault());
}

TEST_P(SqliteCatalog, IsNotMadeWhereNoDirectoryIs) {
  const auto nowhere = *parse_database_place("sqlite:/nowhere/at/all");
  EXPECT_EQ(Catalog::open(nowhere, Missing::kMake).error().code, Code::kNotFound);
}

INSTANTIATE_TEST_SUITE_P(File, SqliteCatalog, testing::Values(Dialect::kSqlite), name_of);

class PostgresCatalog : public CatalogTest {
 protected:
  Error refused(const std::string& url) {
    const auto opened = Catalog::open(*parse_database_place(url), Missing::kMake);
    EXPECT_FALSE(opened) << url;
    return opened ? Error{} : opened.error();
  }
  PostgresServer& server = PostgresServer::get();
};

TEST_P(PostgresCatalog, SaysWhyItCannotBeOpened) {
  EXPECT_EQ(refused("postgresql:///x?host=/nowhere").code, Code::kUnavailable);
  EXPECT_EQ(refused(server.url("no_such_database")).code, Code::kNotFound);
  EXPECT_EQ(refused(server.url("postgres", "nobody_we_know")).code, Code::kDenied);
}

TEST_P(PostgresCatalog, NeedsRightsAndTakesAPasswordFromTheEnvironment) {
  const auto db = *sql::open_database(place, Missing::kMake, identity());
  ASSERT_TRUE(db->run(
      "DROP SCHEMA mailkeep; DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'geheim'"));
  std::string url = place.target;
  url.replace(url.find("user=postgres"), 13, "user=locked");
  EXPECT_EQ(refused(url).code, Code::kDenied);  // no password
  ::setenv("PGPASSWORD", "falsch", 1);
  EXPECT_EQ(refused(url).code, Code::kDenied);
  ::setenv("PGPASSWORD", "geheim", 1);
  const Error no_right = refused(url);
  EXPECT_EQ(no_right.code, Code::kDenied);
  EXPECT_NE(no_right.what.find("permission"), std::string::npos) << no_right.what;
  ASSERT_TRUE(db->run("GRANT CREATE ON DATABASE " + place.target.substr(14, place.target.find('?') - 14) +
                      " TO locked"));
  EXPECT_TRUE(Catalog::open(*parse_database_place(url), Missing::kMake));
  ::unsetenv("PGPASSWORD");
}

TEST_P(PostgresCatalog, SaysThatTheServerWentAwayAndIsThereAfterwards) {
  const auto catalog = open();
  ASSERT_TRUE(catalog->take(kOne));
  server.stop();
  EXPECT_EQ(catalog->take(kTwo).error().code, Code::kUnavailable);
  EXPECT_EQ(refused(place.target).code, Code::kUnavailable);
  ASSERT_TRUE(server.start_again());
  EXPECT_EQ(**open()->vault(), kOne);
}

INSTANTIATE_TEST_SUITE_P(Server, PostgresCatalog, testing::Values(Dialect::kPostgres), name_of);

}  // namespace
}  // namespace mk::catalog
