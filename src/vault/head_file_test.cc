#include "vault/head_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "vault/fixture_test.h"
#include "vault/temporary_test.h"

namespace mk::vault {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class HeadFileTest : public testing::Test {
 protected:
  HeadFileTest() {
    init_vault(*store_);
    EXPECT_TRUE(put_objects(*store_, {{"x", "y"}}, "monday"));
    older_ = contents(*store_);
    EXPECT_TRUE(put_objects(*store_, {{"x", "z"}}, "tuesday"));
  }
  Result<std::unique_ptr<Vault>> open(Store& store) { return open_remembered(store, test_key(), file_, {}); }

  TemporaryDirectory dir_;
  const std::filesystem::path file_ = dir_.path / "vault.head";
  std::unique_ptr<Store> store_ = make_memory_store();
  Objects older_;
};

TEST_F(HeadFileTest, FindsOutThatTheStoreWasSetBack) {
  ASSERT_TRUE(write_head(file_, **open(*store_)));
  EXPECT_TRUE(open(*store_));
  const auto back = store_of(older_);
  const auto why = open(*back);
  ASSERT_FALSE(why);
  EXPECT_EQ(why.error().code, Code::kCorrupt);
  EXPECT_THAT(why.error().what, AllOf(HasSubstr("set back"), HasSubstr("remove " + file_.string())));
  ASSERT_TRUE(put_objects(*back, {{"x", "another"}}, "tuesday"));
  EXPECT_THAT(open(*back).error().what, HasSubstr("the store was replaced"));
  std::filesystem::remove(file_);
  EXPECT_TRUE(open(*back));
}

TEST_F(HeadFileTest, AFileThatCannotBeReadIsNotOneThatIsNotThere) {
  EXPECT_FALSE(read_head(file_)->has_value());
  for (const char* text : {"", "7", "7 ", "x 00", "7 abc", "-1 "}) {
    ASSERT_TRUE(write_file_atomically(file_, as_bytes(text)));
    EXPECT_EQ(open(*store_).error().code, Code::kInvalid) << text;
  }
  std::filesystem::remove(file_);
  std::filesystem::create_directory(file_);
  EXPECT_FALSE(open(*store_));
}

}  // namespace
}  // namespace mk::vault
