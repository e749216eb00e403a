#include "base/size.h"

#include <gtest/gtest.h>

namespace mk {
namespace {

TEST(ParseSize, TakesUnitsOfBothKinds) {
  EXPECT_EQ(*parse_size("20GB"), 20'000'000'000u);
  EXPECT_EQ(*parse_size("500 mb"), 500'000'000u);
  EXPECT_EQ(*parse_size("2MiB"), 2u << 20);
  EXPECT_EQ(*parse_size("50GiB"), 50ull << 30);
  EXPECT_EQ(*parse_size("4096"), 4096u);
}

TEST(ParseSize, NamesWhatIsNoSize) {
  for (const char* text : {"", "GB", "-1GB", "1.5GB", "20 GX", "20GBB", "99999999999GiB", "0x10"}) {
    const auto size = parse_size(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error().code, Code::kInvalid);
    EXPECT_NE(size.error().what.find(std::string("'") + text + "'"), std::string::npos);
  }
}

}  // namespace
}  // namespace mk
