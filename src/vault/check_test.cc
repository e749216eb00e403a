#include "vault/check.h"

#include "vault/fault_store.h"
#include "vault/fixture_test.h"

namespace mk::vault {
namespace {

/// A copy that is still being written, or a server that answers differently each time.
TEST(Check, LooksForRecordsInTheBytesThatTheEntriesCameWith) {
  const auto store = make_memory_store();
  init_vault(*store);
  ASSERT_TRUE(put_objects(*store, {{"mail", noise(5000, 1)}}, "point"));
  FaultStore faults(*store);
  faults.change = [](const std::string& name, std::uint64_t offset, ByteString& bytes) {
    if (name.starts_with("packs/") && offset == 0 && bytes.size() > 1000) bytes.resize(1000);
  };
  const auto damage = check_vault(faults, true).damage;
  EXPECT_THAT(damage, testing::Contains(testing::StartsWith("pack ")));
  EXPECT_THAT(damage, testing::Not(testing::Contains(testing::HasSubstr("at offset"))));
}

}  // namespace
}  // namespace mk::vault
