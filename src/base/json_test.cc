#include "base/json.h"

#include <gtest/gtest.h>

namespace mk {
namespace {

TEST(JsonQuote, EscapesWhatJsonCannotHold) {
  EXPECT_EQ(json_quote("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
  EXPECT_EQ(json_quote("Grüße 日本"), "\"Grüße 日本\"");
  EXPECT_EQ(json_quote("\xFFx"), "\"\xEF\xBF\xBDx\"");
}

}  // namespace
}  // namespace mk
