#include "agent/run/open_vaults.h"

#include "agent/restore/fixture_test.h"
#include "archive/point_names.h"

namespace mk::agent {
namespace {

class OpenVaultsTest : public RestoreTest {
 protected:
  void SetUp() override {
    fill(3);
    ASSERT_NO_FATAL_FAILURE(back_up());
  }
  OpenVaults::Lent open(OpenVaults& from) {
    auto opened = from.open(schedule.destinations[1], schedule.encryption, state->secrets(),
                            workshop.directory / "index");
    EXPECT_TRUE(opened) << opened.error().what;
    return *std::move(opened);
  }
};

TEST_F(OpenVaultsTest, LendsTheSameOneAgainAndReadsItsLogToTheEnd) {
  const VaultDoor* first = nullptr;
  {
    const auto lent = open(vaults);
    first = lent.get();
  }
  EXPECT_EQ(vaults.waiting(), 1u);
  ASSERT_NO_FATAL_FAILURE(back_up());  // by somebody else
  const auto again = open(vaults);
  EXPECT_EQ(again.get(), first);
  EXPECT_EQ(vaults.waiting(), 0u);
  EXPECT_EQ(archive::mail_points(again->vault->points(), kAlice).size(), 2u);
}

TEST_F(OpenVaultsTest, DoesNotLendOneThatWasSetBack) {
  const std::filesystem::path place = schedule.destinations[1].place.substr(std::string("vault:").size());
  const auto kept = workshop.directory / "kept";
  std::filesystem::copy(place, kept, std::filesystem::copy_options::recursive);
  ASSERT_NO_FATAL_FAILURE(back_up());
  open(vaults);
  std::filesystem::remove_all(place);
  std::filesystem::rename(kept, place);
  const auto refused = vaults.open(schedule.destinations[1], schedule.encryption, state->secrets(),
                                   workshop.directory / "index");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt) << refused.error().what;
}

TEST_F(OpenVaultsTest, GivesEveryUserOneOfHisOwn) {
  {
    const auto one = open(vaults), two = open(vaults);
    EXPECT_NE(one.get(), two.get());
  }
  EXPECT_EQ(vaults.waiting(), 2u);
}

TEST_F(OpenVaultsTest, KeepsAFewAndNotForLong) {
  OpenVaults few(clock, {2, std::chrono::seconds(3600), std::chrono::seconds(3600)});
  {
    const auto one = open(few), two = open(few), three = open(few);
  }
  EXPECT_EQ(few.waiting(), 2u);
  OpenVaults idle(clock, {2, std::chrono::seconds(0), std::chrono::seconds(3600)});
  open(idle);
  idle.close_idle();
  EXPECT_EQ(idle.waiting(), 0u);
  OpenVaults old(clock, {2, std::chrono::seconds(3600), std::chrono::seconds(0)});
  open(old);
  old.close_idle();
  EXPECT_EQ(old.waiting(), 0u);
}

TEST_F(OpenVaultsTest, ForgetsThoseThatAreLentToo) {
  auto lent = open(vaults);
  open(vaults);
  vaults.forget();
  EXPECT_EQ(vaults.waiting(), 0u);
  lent.reset();
  EXPECT_EQ(vaults.waiting(), 0u);
}

TEST_F(OpenVaultsTest, SaysWhyAVaultCannotBeOpenedAlsoWhenItWasOpenBefore) {
  open(vaults);
  std::filesystem::rename(dir / "vault", dir / "elsewhere");
  const auto gone = vaults.open(schedule.destinations[1], schedule.encryption, state->secrets(),
                                workshop.directory / "index");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Code::kNotFound);
  EXPECT_NE(gone.error().what.find("vault"), std::string::npos);
}

TEST_F(OpenVaultsTest, AnotherKeyIsAnotherVault) {
  open(vaults);
  Encryption password = schedule.encryption;
  password.mode = Encryption::Mode::kDefaultPassword;
  const auto refused =
      vaults.open(schedule.destinations[1], password, state->secrets(), workshop.directory / "index");
  EXPECT_FALSE(refused) << "opened without its password";
}

}  // namespace
}  // namespace mk::agent
