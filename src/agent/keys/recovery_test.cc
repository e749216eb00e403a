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
  /// With a master key that is known, so that slots can be added to it.
  bool make_vault() {
    auto made = vault::create_vault(*store_, master_, key_, "agent", kNow);
    if (made) id_ = *made;
    return static_cast<bool>(made);
  }
  RecoveryStage stage() { return (*recovery_state(*state_, kPlace)).stage; }

  std::filesystem::path directory_;
  std::unique_ptr<AgentState> state_;
  const std::unique_ptr<vault::Store> store_ = vault::make_memory_store();
  const vault::Unlock key_ = vault::make_unlock(vault::SlotKind::kKeyFile);
  const vault::MasterKey master_{SecretString(vault::random_bytes(32))};
  vault::VaultId id_;
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
  ASSERT_TRUE(make_vault());
  const auto vault = vault::Vault::open(*store_, key_);
  ASSERT_TRUE(vault);
  ASSERT_TRUE(store_recovery_key(*state_, kPlace, **vault, key_, kNow));
  EXPECT_EQ(stage(), RecoveryStage::kInVault);
  EXPECT_TRUE((*state_->secrets().list()).empty());
  const auto recovery = vault::parse_key(vault::SlotKind::kRecovery, text->reveal());
  EXPECT_TRUE(vault::Vault::open(*store_, *recovery));

  ASSERT_TRUE(prove_recovery_key(*state_, kPlace, *store_, *text, kLater));
  EXPECT_EQ((*recovery_state(*state_, kPlace)).proven, kLater);
  const SecretString other(vault::format_key(vault::make_unlock(vault::SlotKind::kRecovery)));
  EXPECT_EQ(prove_recovery_key(*state_, kPlace, *store_, other, kLater).error().code, Code::kDenied);
}

/// As after a crash in between, or on a full disk.
TEST_F(RecoveryTest, IsFoundWhereItWasStoredAndNotNoted) {
  const auto text = make_recovery_key(*state_, kPlace, kNow);
  ASSERT_TRUE(confirm_recovery_key(*state_, kPlace, *text, kNow));
  ASSERT_TRUE(make_vault());
  const auto recovery = vault::parse_key(vault::SlotKind::kRecovery, text->reveal());
  ASSERT_TRUE(vault::add_key(*store_, id_, master_, *recovery, "recovery (agent)", kNow));
  const auto vault = vault::Vault::open(*store_, key_);
  ASSERT_TRUE(store_recovery_key(*state_, kPlace, **vault, key_, kNow));
  EXPECT_EQ(stage(), RecoveryStage::kInVault);
  EXPECT_EQ(vault::list_slots(*store_)->slots.size(), 2u);
}

TEST_F(RecoveryTest, StandsBesideThatOfAnotherAgent) {
  const auto text = make_recovery_key(*state_, kPlace, kNow);
  ASSERT_TRUE(confirm_recovery_key(*state_, kPlace, *text, kNow));
  ASSERT_TRUE(make_vault());
  const auto theirs = vault::make_unlock(vault::SlotKind::kRecovery);
  ASSERT_TRUE(vault::add_key(*store_, id_, master_, theirs, "recovery (agent)", kNow));
  const auto vault = vault::Vault::open(*store_, key_);
  ASSERT_TRUE(store_recovery_key(*state_, kPlace, **vault, key_, kNow));
  const auto recovery = vault::parse_key(vault::SlotKind::kRecovery, text->reveal());
  EXPECT_TRUE(vault::Vault::open(*store_, *recovery));
  EXPECT_TRUE(vault::Vault::open(*store_, theirs));
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
