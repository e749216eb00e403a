#include "store/open_store.h"

#include <gtest/gtest.h>

#include "vault/temporary_test.h"

namespace mk::store {
namespace {

TEST(VaultPlace, IsWhatNamesAVaultAndNoPlainDirectory) {
  for (const char* place : {"vault:/srv/mail", "vault:mail", "vault:", "s3://bucket/mail", "s3:bucket"})
    EXPECT_TRUE(is_vault_place(place)) << place;
  for (const char* place : {"", "/srv/mail", "vault", "mail/vault:x", "/vault:/x", "s3", "/s3://bucket"})
    EXPECT_FALSE(is_vault_place(place)) << place;
}

TEST(VaultPlace, LosesItsPrefixOnce) {
  EXPECT_EQ(without_vault("vault:/srv/mail"), "/srv/mail");
  EXPECT_EQ(without_vault("vault:vault:x"), "vault:x");
  EXPECT_EQ(without_vault("vault:"), "");
  EXPECT_EQ(without_vault("/srv/vault:x"), "/srv/vault:x");
  EXPECT_EQ(without_vault("s3://bucket/mail"), "s3://bucket/mail");
}

TEST(VaultPlace, IsOpenedWithAndWithoutItsPrefix) {
  const vault::TemporaryDirectory dir;
  StorePlace place;
  place.place = "vault:" + dir.path.string();
  ASSERT_TRUE((*open_store(place))->put("keys/a", as_bytes("one")));
  place.place = dir.path.string();
  EXPECT_EQ(*(*open_store(place))->head("keys/a"), 3u);
}

}  // namespace
}  // namespace mk::store
