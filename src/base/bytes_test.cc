#include "base/bytes.h"

#include <gtest/gtest.h>

namespace mk {
namespace {

TEST(Base64, DecodesTextCutAnywhereWithWhiteSpace) {
  const std::string plain = "any carnal pleas";
  const std::string text = to_base64(as_bytes(plain));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    SCOPED_TRACE(cut);
    Base64Decoder d;
    ByteString out;
    ASSERT_TRUE(d.feed(text.substr(0, cut) + " \r\n", out));
    ASSERT_TRUE(d.feed(text.substr(cut), out));
    EXPECT_TRUE(d.finish());
    EXPECT_EQ(out, plain);
  }
}

TEST(Base64, RejectsForeignCharactersAndCutGroups) {
  EXPECT_EQ(from_base64("ab=c").error().code, Code::kCorrupt);
  EXPECT_EQ(from_base64("ab&c").error().code, Code::kCorrupt);
  EXPECT_EQ(from_base64("abc").error().code, Code::kTruncated);
  EXPECT_EQ(from_base64("a===").error().code, Code::kCorrupt);
  EXPECT_EQ(from_base64("====").error().code, Code::kCorrupt);
  EXPECT_EQ(from_base64("ab==cdef").error().code, Code::kCorrupt);
  EXPECT_EQ(from_base64("abcd==").error().code, Code::kTruncated);
}

TEST(Base64, GoesThereAndBackAtEverySizeAndBeyondOneStep) {
  for (const std::size_t n :
       {0u, 1u, 2u, 3u, 4u, 57u, (3u << 20) - 1, 3u << 20, (3u << 20) + 1, (6u << 20) + 2}) {
    SCOPED_TRACE(n);
    ByteString bytes(n, '\0');
    for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>(i * 7 + i / 256);
    const auto text = to_base64(as_bytes(bytes));
    EXPECT_EQ(text.size(), (n + 2) / 3 * 4);
    EXPECT_EQ(*from_base64(text), bytes);
  }
}

TEST(Hex, GoesThereAndBack) {
  const ByteString bytes("\x00\x7f\xff", 3);
  EXPECT_EQ(to_hex(as_bytes(bytes)), "007fff");
  EXPECT_EQ(*from_hex("007FfF"), bytes);
  EXPECT_EQ(from_hex("0").error().code, Code::kInvalid);
  EXPECT_EQ(from_hex("0g").error().code, Code::kInvalid);
}

}  // namespace
}  // namespace mk
