#pragma once
// For tests only: the same tests on an SQLite file and on PostgreSQL, and vaults in memory to make catalogs
// of.
#include <atomic>

#include "archive/fixture_test.h"
#include "archive/point_names.h"
#include "base/file.h"
#include "catalog/postgres_test.h"
#include "catalog/query.h"
#include "catalog/update.h"
#include "vault/session.h"
#include "vault/temporary_test.h"

namespace mk::catalog {

/// A place for a catalog where nothing is yet. The parameter says in which database.
class CatalogTest : public testing::TestWithParam<Dialect> {
 protected:
  void SetUp() override {
    if (GetParam() == Dialect::kSqlite) {
      place = *parse_database_place("sqlite:" + (dir.path / "catalog").string());
      return;
    }
    auto& server = PostgresServer::get();
    if (!server.why_not().empty()) GTEST_SKIP() << server.why_not();
    static std::atomic<int> n = 0;
    const std::string name = "test" + std::to_string(++n);
    const auto all = open_database(*parse_database_place(server.url("postgres")), Missing::kMake);
    ASSERT_TRUE(all) << all.error().what;
    ASSERT_TRUE((*all)->run("CREATE DATABASE " + name));
    place = *parse_database_place(server.url(name));
  }
  std::unique_ptr<Catalog> open(Missing missing = Missing::kMake) {
    auto catalog = Catalog::open(place, missing);
    EXPECT_TRUE(catalog) << catalog.error().what;
    return catalog ? *std::move(catalog) : nullptr;
  }
  vault::TemporaryDirectory dir;
  DatabasePlace place;
};

inline std::string name_of(const testing::TestParamInfo<Dialect>& info) {
  return info.param == Dialect::kSqlite ? "Sqlite" : "Postgres";
}

/// A vault in memory into which mailboxes are written as points.
struct MailVault {
  std::unique_ptr<vault::Store> store = vault::make_memory_store();
  std::unique_ptr<vault::Vault> opened;
  MailVault() {
    vault::init_vault(*store);
    open();
  }
  void open() { opened = *vault::Vault::open(*store, vault::test_key()); }
  /// `fill` gets the mailbox to be written.
  vault::LogNumber put(const std::string& mailbox, const std::string& name,
                       const std::function<void(archive::Mailbox&)>& fill) {
    vault::Session session(*opened);
    archive::Mailbox content(session, opened->keys());
    fill(content);
    content.started = FileTime{++time_ * 10'000'000};
    const auto root = content.write();
    return *session.commit(archive::point_name(mailbox, name), root, content.started);
  }
  void forget(vault::LogNumber point) {
    vault::LogHead head;
    head.type = vault::LogType::kForget;
    head.target = point;
    EXPECT_TRUE(opened->append(head, {}, {}, FileTime{++time_ * 10'000'000}));
  }
  Result<UpdateReport> update_catalog(Catalog& catalog) { return update(catalog, *opened, *opened); }

 private:
  std::uint64_t time_ = 1'000;
};

}  // namespace mk::catalog
