#include "base/json.h"

#include <gtest/gtest.h>

namespace mk {
namespace {

TEST(JsonQuote, EscapesWhatJsonCannotHold) {
  EXPECT_EQ(json_quote(std::string_view("\"\\\b\f\n\r\t\0\x1f\x7f/", 11)),
            "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7f/\"");
  EXPECT_EQ(json_quote("Grüße 日本"), "\"Grüße 日本\"");
  EXPECT_EQ(json_quote("\xFFx"), "\"\xEF\xBF\xBDx\"");
}

}  // namespace
}  // namespace mk
