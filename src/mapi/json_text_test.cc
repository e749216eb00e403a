#include "mapi/json_text.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace mk::mapi {
namespace {

std::string summary(const ByteString& utf16, std::size_t piece) {
  TextSummary text(TextSummary::Coding::kUtf16);
  for (std::size_t at = 0; at < utf16.size(); at += piece) text.feed(as_bytes(utf16.substr(at, piece)));
  return text.well_formed() ? text.json() : "ill-formed";
}

TEST(TextSummary, IsTheSameHoweverTheTextIsCut) {
  for (const std::string& utf8 : {std::string("📈𠀀é\n"), std::string(513, 'x') + "📈"}) {
    const ByteString utf16 = utf16_from_utf8(utf8);
    for (const std::size_t piece : {1u, 2u, 3u, 5u})
      EXPECT_EQ(summary(utf16, piece), summary(utf16, utf16.size()));
  }
  EXPECT_EQ(summary(utf16_from_utf8("📈\n"), 3), "\"📈\\n\"");
}

TEST(TextSummary, CountsCharactersAndShowsTheFirstForty) {
  std::string utf8;
  for (int i = 0; i < 513; ++i) utf8 += "日";
  const std::string json = summary(utf16_from_utf8(utf8), 7);
  EXPECT_TRUE(json.starts_with("{\"chars\":513,\"sha256_utf8\":\"")) << json;
  EXPECT_TRUE(json.ends_with("\"head\":\"" + utf8.substr(0, 40 * 3) + "\"}")) << json;
}

TEST(TextSummary, NoticesTextThatIsNoUtf16) {
  EXPECT_EQ(summary(ByteString("\x00\xD8", 2), 1), "ill-formed");
  EXPECT_EQ(summary(ByteString("a\0\x00\xDC", 4), 2), "ill-formed");
  EXPECT_EQ(summary("a", 1), "ill-formed");
}

}  // namespace
}  // namespace mk::mapi
