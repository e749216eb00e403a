#include "agent/state/master_key.h"

#include <sys/stat.h>

#include <fstream>

#include "agent/state/state_test.h"
#include "base/file.h"

namespace mk::agent {
namespace {

struct MasterKey : testing::Test {
  vault::TemporaryDirectory dir;
  KeyPlace place{dir.path / "agent.key", {}};
};

TEST_F(MasterKey, IsMadeOnceAndForItsOwnerOnly) {
  EXPECT_EQ(read_master_key(place).error().code, Code::kNotFound);
  const auto made = read_or_make_master_key(place);
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(made->reveal().size(), 32u);
  struct stat is{};
  ASSERT_EQ(::stat(place.file.c_str(), &is), 0);
  EXPECT_EQ(is.st_mode & 0777u, 0600u);
  EXPECT_EQ(read_or_make_master_key(place)->reveal(), made->reveal());
  EXPECT_EQ(read_master_key(place)->reveal(), made->reveal());
  const auto files = std::filesystem::directory_iterator(dir.path);
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(MasterKey, ThatOthersCanReadIsRefused) {
  ASSERT_TRUE(read_or_make_master_key(place));
  for (const mode_t mode : {0640u, 0604u, 0620u}) {
    ASSERT_EQ(::chmod(place.file.c_str(), mode), 0);
    EXPECT_ERROR(read_master_key(place), Code::kDenied, "chmod 600");
    EXPECT_EQ(read_or_make_master_key(place).error().code, Code::kDenied);
  }
}

TEST_F(MasterKey, WithAWrongDigitIsRefused) {
  ASSERT_TRUE(read_or_make_master_key(place));
  std::string text = *read_file(place.file);
  text[20] = text[20] == '0' ? '1' : '0';
  ASSERT_TRUE(write_file_atomically(place.file, as_bytes(text)));
  EXPECT_ERROR(read_or_make_master_key(place), Code::kInvalid, "wrong, missing or additional digit");
}

TEST_F(MasterKey, ComesFromSystemdWhenThereIsACredential) {
  vault::TemporaryDirectory credentials;
  const auto own = read_or_make_master_key(place);
  place.credentials_directory = credentials.path;
  EXPECT_EQ(read_master_key(place)->reveal(), own->reveal());
  const auto other = read_or_make_master_key({credentials.path / "mailkeep.key", {}});
  ASSERT_EQ(::chmod((credentials.path / "mailkeep.key").c_str(), 0440), 0);  // as systemd gives it
  EXPECT_EQ(read_master_key(place)->reveal(), other->reveal());
  EXPECT_NE(other->reveal(), own->reveal());
}

}  // namespace
}  // namespace mk::agent
