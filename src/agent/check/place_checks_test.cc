#include "agent/check/place_checks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "vault/fault_store.h"

namespace mk::agent {
namespace {

using State = Check::State;
namespace fs = std::filesystem;

class Places : public testing::Test {
 protected:
  Places() : dir_(fs::temp_directory_path() / ("mk-places-" + std::to_string(getpid()))) {
    fs::create_directories(dir_);
  }
  ~Places() override { fs::remove_all(dir_); }
  fs::path dir_;
};

TEST_F(Places, AreWellWhenTheyCanBeWritten) {
  const Check check = check_directory("destination", dir_, Context::kDestination);
  EXPECT_EQ(check.state, State::kOk) << check.text;
  EXPECT_NE(check.text.find(" free"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(dir_)) << "nothing is left behind";
}

TEST_F(Places, AreToldWhenTheyWillBeMade) {
  const Check check = check_directory("destination", dir_ / "a" / ".." / "b" / "c", Context::kDestination);
  EXPECT_EQ(check.state, State::kWarning);
  EXPECT_EQ(check.code, message::kNewDestination);
  EXPECT_NE(check.text.find("will be made in " + dir_.string()), std::string::npos) << check.text;
  EXPECT_FALSE(fs::exists(dir_ / "b"));
  EXPECT_EQ(check_directory("temporary", dir_ / "x", Context::kTemporary).code, message::kNewTemporary);
}

TEST_F(Places, FailWhereNothingCanBeMade) {
  std::ofstream(dir_ / "file") << "x";
  for (const auto& path : {dir_ / "file", dir_ / "file" / "below"}) {
    const Check check = check_directory("temporary", path, Context::kTemporary);
    EXPECT_EQ(check.state, State::kFailed);
    EXPECT_EQ(check.code, message::kNoTemporary);
    EXPECT_NE(check.text.find("file is not a directory"), std::string::npos) << check.text;
  }
  const Check nowhere = check_directory("destination", "/proc/mailkeep/x", Context::kDestination);
  EXPECT_EQ(nowhere.state, State::kFailed);
  EXPECT_EQ(nowhere.code, message::kNoDestination) << nowhere.text;
}

TEST_F(Places, FailWithoutTheRightToWrite) {
  fs::permissions(
      dir_, fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec);
  const bool is_root = geteuid() == 0;  // who may write everywhere
  ASSERT_TRUE(!is_root || seteuid(65534) == 0);
  const Check destination = check_directory("destination", dir_, Context::kDestination);
  const Check temporary = check_directory("temporary", dir_, Context::kTemporary);
  ASSERT_TRUE(!is_root || seteuid(0) == 0);
  EXPECT_EQ(destination.code, message::kDestinationDenied) << destination.text;
  EXPECT_EQ(temporary.code, message::kNoTemporary) << temporary.text;
  fs::permissions(dir_, fs::perms::owner_all);
}

TEST_F(Places, FailWithoutRoom) {
  const std::uint64_t much = ~0ULL;
  const Check full = check_directory("destination", dir_, Context::kDestination, much);
  EXPECT_EQ(full.state, State::kFailed);
  EXPECT_EQ(full.code, message::kDestinationFull);
  EXPECT_NE(full.text.find("are needed"), std::string::npos);
  EXPECT_EQ(check_directory("temporary", dir_, Context::kTemporary, much).code, message::kTemporaryFull);
}

TEST(VaultCheck, OpensTheVaultWithItsKeyOnly) {
  using vault::SlotKind;
  const auto store = vault::make_memory_store();
  const Check empty = check_vault("destination", "vault:/x", *store, nullptr);
  EXPECT_EQ(empty.state, State::kFailed);
  EXPECT_EQ(empty.code, message::kNoVault) << empty.text;
  const vault::Unlock key{SlotKind::kKeyFile, SecretString(ByteString(32, 'k'))};
  const vault::Unlock other{SlotKind::kKeyFile, SecretString(ByteString(32, 'x'))};
  const vault::MasterKey master{SecretString(ByteString(32, 'm')), {}};
  ASSERT_TRUE(vault::create_vault(*store, master, key, "daily", FileTime{1}));
  const Check good = check_vault("destination", "vault:/x", *store, &key);
  EXPECT_EQ(good.state, State::kOk) << good.text;
  EXPECT_NE(good.text.find("opened with key 'daily'"), std::string::npos);
  EXPECT_EQ(check_vault("destination", "vault:/x", *store, nullptr).state, State::kOk);
  EXPECT_EQ(check_vault("destination", "vault:/x", *store, &other).code, message::kWrongKey);
  vault::FaultStore faulty(*store);
  faulty.before = [](auto, const std::string&) { return Error{Code::kUnavailable, "no answer"}; };
  EXPECT_EQ(check_vault("destination", "s3://b/x", faulty, &key).code, message::kStoreUnreachable);
  faulty.before = [](auto, const std::string&) {
    return Error{Code::kDenied, "the store does not allow it"};
  };
  EXPECT_EQ(check_vault("destination", "s3://b/x", faulty, &key).code, message::kStoreDenied);
  faulty.before = nullptr;
  faulty.change = [](const std::string&, std::uint64_t, ByteString& bytes) {
    bytes.assign(bytes.size(), 'z');
  };
  EXPECT_EQ(check_vault("destination", "vault:/x", faulty, &key).code, message::kVaultDamaged);
}

}  // namespace
}  // namespace mk::agent
