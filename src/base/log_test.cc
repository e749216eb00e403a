#include "base/log.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace mk {
namespace {

TEST(LogDeathTest, AsJsonEachLineIsAnObject) {
  const auto log = [] {
    set_log_json();
    log_warning("a \"name\"\nand\x1b[31m more");
    std::exit(0);
  };
  EXPECT_EXIT(log(), testing::ExitedWithCode(0),
              testing::HasSubstr(R"(","level":"warning","message":"a \"name\"\nand\u001b[31m more"})"));
}

}  // namespace
}  // namespace mk
