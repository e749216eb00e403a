#include "agent/run/vault_door.h"

#include <gmock/gmock.h>

#include "agent/restore/fixture_test.h"

namespace mk::agent {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class VaultDoorTest : public RestoreTest {
 protected:
  Result<std::unique_ptr<VaultDoor>> open() {
    return open_vault(schedule.destinations[1], schedule.encryption, state->secrets(),
                      {workshop.directory / "index"}, clock);
  }
};

TEST_F(VaultDoorTest, DoesNotOpenToAVaultThatWasSetBack) {
  fill(3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  const std::filesystem::path place = schedule.destinations[1].place.substr(std::string("vault:").size());
  const auto kept = workshop.directory / "kept";
  std::filesystem::copy(place, kept, std::filesystem::copy_options::recursive);
  ASSERT_NO_FATAL_FAILURE(back_up());
  ASSERT_TRUE(open());
  std::filesystem::remove_all(place);
  std::filesystem::rename(kept, place);
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_THAT(refused.error().what, AllOf(HasSubstr("set back"), HasSubstr("remove "), HasSubstr(".head")));
  for (const auto& file : std::filesystem::directory_iterator(workshop.directory / "index"))
    if (file.path().extension() == ".head") std::filesystem::remove(file.path());
  EXPECT_TRUE(open());
}

}  // namespace
}  // namespace mk::agent
