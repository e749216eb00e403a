#include "agent/run/vault_lock.h"

#include "vault/fault_store.h"
#include "vault/fixture_test.h"
#include "vault/lock.h"

namespace mk::agent {
namespace {

using State = Check::State;
using testing::HasSubstr;
using vault::test_key;
using vault::Vault;

class VaultLockTest : public testing::Test {
 protected:
  VaultLockTest() { to_.place = "s3://bucket/office", to_.lock_days = 30; }
  std::unique_ptr<Vault> open() { return *Vault::open(*store_, test_key()); }
  FileTime now() const { return to_file_time(system_clock().now()); }
  Check check() {
    const vault::Unlock key = test_key();
    return check_lock("lock", to_, *store_, &key);
  }

  std::unique_ptr<vault::Store> store_ = vault::make_memory_store(&system_clock());
  Destination to_;
};

TEST_F(VaultLockTest, IsGivenToAVaultOfWhichTheLogIsEmpty) {
  EXPECT_THAT(check().text, HasSubstr("makes a vault that is locked for 30 days"));
  vault::init_vault(*store_);
  EXPECT_THAT(check().text, HasSubstr("first run locks the vault for 30 days"));
  EXPECT_EQ(check().state, State::kOk);
  const auto first = open(), beside = open();
  ASSERT_TRUE(see_to_lock(to_, *first, now()));
  EXPECT_EQ(first->state().lock_days(), 30u);
  EXPECT_GT(*store_->locked_until("vault"), vault::after(now(), 30));
  ASSERT_TRUE(see_to_lock(to_, *beside, now())) << "opened before the other one locked it";
  EXPECT_EQ(open()->log().head().number.value, 1u) << "locked once";
  EXPECT_THAT(check().text, HasSubstr("new points are locked for 30 days"));
}

TEST_F(VaultLockTest, OfAVaultInUseIsNotChanged) {
  vault::init_vault(*store_);
  ASSERT_TRUE(vault::put_objects(*store_, {{"a", "mail"}}, "monday"));
  for (const std::uint32_t days : {0u, 29u}) {
    SCOPED_TRACE(days);
    ASSERT_TRUE(vault::set_lock(*open(), days, now()));
    const Status refused = see_to_lock(to_, *open(), now());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kDenied);
    for (const auto* part :
         {"s3://bucket/office: ", "for ", "the schedule says 30", "vault lock s3://bucket/office --days 30"})
      EXPECT_THAT(refused.error().what, HasSubstr(part));
    EXPECT_EQ(message_code(refused.error(), Context::kDestination), message::kAnotherLock);
    EXPECT_EQ(open()->state().lock_days(), days);
    EXPECT_EQ(check().state, State::kFailed);
    EXPECT_EQ(check().code, message::kAnotherLock);
  }
}

TEST_F(VaultLockTest, ForMoreDaysIsGoodEnoughAndTold) {
  vault::init_vault(*store_);
  ASSERT_TRUE(vault::set_lock(*open(), 60, now()));
  EXPECT_TRUE(see_to_lock(to_, *open(), now()));
  EXPECT_EQ(open()->state().lock_days(), 60u);
  EXPECT_EQ(check().state, State::kWarning);
  EXPECT_EQ(check().code, message::kAnotherLock);
}

TEST_F(VaultLockTest, IsRefusedWhereNothingCanBeLocked) {
  store_ = vault::make_memory_store();
  EXPECT_EQ(check().state, State::kFailed);
  EXPECT_EQ(check().code, message::kNoLocks) << "before there is a vault";
  vault::init_vault(*store_);
  const Status refused = see_to_lock(to_, *open(), now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_EQ(message_code(refused.error(), Context::kDestination), message::kNoLocks);
}

TEST_F(VaultLockTest, SaysWhyItCannotBeLookedAt) {
  vault::init_vault(*store_);
  const vault::Unlock other{vault::SlotKind::kKeyFile, SecretString(ByteString(32, 'x'))};
  EXPECT_EQ(check_lock("lock", to_, *store_, &other).code, message::kWrongKey);
  EXPECT_EQ(check_lock("lock", to_, *store_, nullptr).state, State::kSkipped);
  vault::FaultStore faulty(*store_);
  faulty.before = [](auto, const std::string&) { return Error{Code::kUnavailable, "no answer"}; };
  EXPECT_EQ(check_lock("lock", to_, faulty, &other).code, message::kStoreUnreachable);
}

}  // namespace
}  // namespace mk::agent
