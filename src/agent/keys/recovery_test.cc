#include "agent/keys/recovery.h"

#include <gmock/gmock.h>

namespace mk::agent {
namespace {

using testing::HasSubstr;

constexpr FileTime kNow{134'000'000'000'000'000}, kLater{134'000'100'000'000'000};
constexpr char kPlace[] = "vault:/backup/mail";

class RecoveryTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::path(testing::TempDir()) /
                 ("recovery-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(directory_);
    auto opened = AgentState::open(directory_);
    ASSERT_TRUE(opened) << opened.error().what;
    state_ = *std::move(opened);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  RecoveryStage stage() { return (*recovery_state(*state_, kPlace)).stage; }

  std::filesystem::path directory_;
  std::unique_ptr<AgentState> state_;
};

Schedule into(const std::string& place, Encryption::Mode mode) {
  Schedule s;
  s.destinations = {{place, {}, {}, {}, {}}};
  s.encryption.mode = mode;
  return s;
}

TEST_F(RecoveryTest, IsAskedForBeforeAProtectedScheduleIsSaved) {
  const auto wanted = into(kPlace, Encryption::Mode::kSystem);
  const auto refused = check_recovery(*state_, wanted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_THAT(refused.error().what, HasSubstr(kPlace));
  EXPECT_TRUE(check_recovery(*state_, into(kPlace, Encryption::Mode::kOff)));
  EXPECT_TRUE(check_recovery(*state_, into("/backup/plain", Encryption::Mode::kSystem)));
  const auto text = make_recovery_key(*state_, kPlace, kNow);
  ASSERT_TRUE(text);
  EXPECT_FALSE(check_recovery(*state_, wanted));  // shown is not typed back
  ASSERT_TRUE(confirm_recovery_key(*state_, kPlace, *text, kNow));
  EXPECT_TRUE(check_recovery(*state_, wanted));
}

TEST_F(RecoveryTest, TakesOnlyTheKeyThatWasShown) {
  const auto first = make_recovery_key(*state_, kPlace, kNow);
  const auto second = make_recovery_key(*state_, kPlace, kNow);  // the first is void
  ASSERT_TRUE(first && second);
  EXPECT_EQ(confirm_recovery_key(*state_, kPlace, *first, kNow).error().code, Code::kInvalid);
  EXPECT_EQ(confirm_recovery_key(*state_, kPlace, SecretString("nonsense"), kNow).error().code,
            Code::kInvalid);
  EXPECT_EQ(stage(), RecoveryStage::kShown);
  ASSERT_TRUE(confirm_recovery_key(*state_, kPlace, *second, kNow));
  EXPECT_EQ(confirm_recovery_key(*state_, kPlace, *second, kNow).error().code, Code::kConflict);
  EXPECT_EQ(make_recovery_key(*state_, kPlace, kNow).error().code, Code::kConflict);
}

TEST_F(RecoveryTest, OpensTheVaultAndIsNotKept) {
  const auto text = make_recovery_key(*state_, kPlace, kNow);
  ASSERT_TRUE(confirm_recovery_key(*state_, kPlace, *text, kNow));
  const auto store = vault::make_memory_store();
  const auto key = vault::make_unlock(vault::SlotKind::kKeyFile);
  ASSERT_TRUE(vault::create_vault(*store, vault::MasterKey(SecretString(vault::random_bytes(32))), key,
                                  "agent", kNow));
  const auto vault = vault::Vault::open(*store, key);
  ASSERT_TRUE(vault);
  ASSERT_TRUE(store_recovery_key(*state_, kPlace, **vault, key, kNow));
  EXPECT_EQ(stage(), RecoveryStage::kInVault);
  EXPECT_TRUE((*state_->secrets().list()).empty());
  const auto recovery = vault::parse_key(vault::SlotKind::kRecovery, text->reveal());
  EXPECT_TRUE(vault::Vault::open(*store, *recovery));

  ASSERT_TRUE(prove_recovery_key(*state_, kPlace, *store, *text, kLater));
  EXPECT_EQ((*recovery_state(*state_, kPlace)).proven, kLater);
  const SecretString other(vault::format_key(vault::make_unlock(vault::SlotKind::kRecovery)));
  EXPECT_EQ(prove_recovery_key(*state_, kPlace, *store, other, kLater).error().code, Code::kDenied);
}

/// As after a crash in between, or on a full disk.
TEST_F(RecoveryTest, IsFoundWhereItWasStoredAndNotNoted) {
  const auto text = make_recovery_key(*state_, kPlace, kNow);
  ASSERT_TRUE(confirm_recovery_key(*state_, kPlace, *text, kNow));
  const auto store = vault::make_memory_store();
  const auto key = vault::make_unlock(vault::SlotKind::kKeyFile);
  const vault::MasterKey master(SecretString(vault::random_bytes(32)));
  const auto id = vault::create_vault(*store, master, key, "agent", kNow);
  ASSERT_TRUE(id);
  const auto recovery = vault::parse_key(vault::SlotKind::kRecovery, text->reveal());
  ASSERT_TRUE(vault::add_key(*store, *id, master, *recovery, "recovery (agent)", kNow));
  const auto vault = vault::Vault::open(*store, key);
  ASSERT_TRUE(store_recovery_key(*state_, kPlace, **vault, key, kNow));
  EXPECT_EQ(stage(), RecoveryStage::kInVault);
  EXPECT_EQ(vault::list_slots(*store)->slots.size(), 2u);
}

TEST_F(RecoveryTest, StandsBesideThatOfAnotherAgent) {
  const auto text = make_recovery_key(*state_, kPlace, kNow);
  ASSERT_TRUE(confirm_recovery_key(*state_, kPlace, *text, kNow));
  const auto store = vault::make_memory_store();
  const auto key = vault::make_unlock(vault::SlotKind::kKeyFile);
  const vault::MasterKey master(SecretString(vault::random_bytes(32)));
  const auto id = vault::create_vault(*store, master, key, "agent", kNow);
  const auto theirs = vault::make_unlock(vault::SlotKind::kRecovery);
  ASSERT_TRUE(vault::add_key(*store, *id, master, theirs, "recovery (agent)", kNow));
  const auto vault = vault::Vault::open(*store, key);
  ASSERT_TRUE(store_recovery_key(*state_, kPlace, **vault, key, kNow));
  const auto recovery = vault::parse_key(vault::SlotKind::kRecovery, text->reveal());
  EXPECT_TRUE(vault::Vault::open(*store, *recovery));
  EXPECT_TRUE(vault::Vault::open(*store, theirs));
}

TEST_F(RecoveryTest, CanBeMadeVoid) {
  const auto text = make_recovery_key(*state_, kPlace, kNow);
  ASSERT_TRUE(confirm_recovery_key(*state_, kPlace, *text, kNow));
  ASSERT_TRUE(forget_recovery_key(*state_, kPlace));
  EXPECT_EQ(stage(), RecoveryStage::kNone);
  EXPECT_TRUE(make_recovery_key(*state_, kPlace, kNow));
}

}  // namespace
}  // namespace mk::agent
