#pragma once
// For tests only: catalogs in an SQLite file and in PostgreSQL, and vaults in memory to make them of.
#include "archive/fixture_test.h"
#include "archive/point_names.h"
#include "base/file.h"
#include "catalog/query.h"
#include "catalog/update.h"
#include "sql/place_test.h"
#include "vault/session.h"

namespace mk::catalog {

/// A place for a catalog where nothing is yet. The parameter says in which database.
class CatalogTest : public sql::PlaceTest {
 protected:
  std::unique_ptr<Catalog> open(Missing missing = Missing::kMake) {
    auto catalog = Catalog::open(place, missing);
    EXPECT_TRUE(catalog) << catalog.error().what;
    return catalog ? *std::move(catalog) : nullptr;
  }
};
using sql::name_of;
using sql::PostgresServer;

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
