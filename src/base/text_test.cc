#include "base/text.h"

#include <gtest/gtest.h>

namespace mk {
namespace {

ByteString hex(std::string_view digits) { return *from_hex(digits); }

TEST(Utf16, GoesToUtf8AndBack) {
  for (const char* text : {"", "Inbox", "Grüße", "削除済みアイテム", "\U0001F4E7 mail \U0010FFFF"}) {
    SCOPED_TRACE(text);
    const auto wide = utf16_from_utf8(text);
    EXPECT_TRUE(is_well_formed_utf16(as_bytes(wide)));
    EXPECT_EQ(utf8_from_utf16(as_bytes(wide)), text);
  }
  EXPECT_EQ(to_hex(as_bytes(utf16_from_utf8("a\U0001F4E7"))), "61003dd8e7dc");
}

TEST(Utf16, ReplacesWhatDoesNotPair) {
  const struct {
    const char* units;
    const char* text;
  } rows[] = {
      {"3dd8", "\uFFFD"},                    // a high surrogate at the end
      {"e7dc", "\uFFFD"},                    // a low one alone
      {"3dd86100", "\uFFFDa"},               // a high one before a letter
      {"3dd83dd8e7dc", "\uFFFD\U0001F4E7"},  // two high ones
      {"610062", "a\uFFFD"},                 // half a unit
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.units);
    EXPECT_FALSE(is_well_formed_utf16(as_bytes(hex(row.units))));
    EXPECT_EQ(utf8_from_utf16(as_bytes(hex(row.units))), row.text);
  }
}

TEST(Utf8, ReplacesEveryIllFormedByte) {
  const struct {
    const char* bytes;
    const char* text;
  } rows[] = {
      {"ff", "\uFFFD"},
      {"c3", "\uFFFD"},                          // cut
      {"c32861", "\uFFFD(a"},                    // no continuation
      {"c0af", "\uFFFD\uFFFD"},                  // overlong
      {"e0809f", "\uFFFD\uFFFD\uFFFD"},          // overlong
      {"eda080", "\uFFFD\uFFFD\uFFFD"},          // a surrogate
      {"f4908080", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // beyond U+10FFFF
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.bytes);
    EXPECT_EQ(utf8_from_utf16(as_bytes(utf16_from_utf8(hex(row.bytes)))), row.text);
    EXPECT_EQ(valid_utf8(hex(row.bytes)), row.text);
    EXPECT_EQ(printable(hex(row.bytes)), row.text);
  }
}

TEST(Utf8, IsWhatIsWellFormedToTheLastByte) {
  for (const char* text : {"", "61", "00", "efbfbd", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbf",
                           "f0908080", "f48fbfbf", "61c3a9f09f93a7"}) {
    SCOPED_TRACE(text);
    EXPECT_TRUE(is_utf8(hex(text)));
    EXPECT_EQ(valid_utf8(hex(text)), hex(text));
  }
  for (const char* text : {
           "80",
           "ff",
           "c3",
           "61e282",
           "f09f93",
           "c328",
           "e28228",  // cut, and what begins or goes on wrongly
           "c080",
           "c1bf",
           "e09fbf",
           "f08fbfbf",  // overlong
           "eda080",
           "edbfbf",  // surrogates
           "f4908080",
           "f5808080",  // above U+10FFFF
           "efbfbdff",
       }) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(is_utf8(hex(text)));
    EXPECT_TRUE(is_utf8(valid_utf8(hex(text))));
  }
}

TEST(CodePage, DecodesWhatMailUses) {
  const struct {
    unsigned page;
    const char* bytes;
    const char* text;
  } rows[] = {
      {1252, "80e9", "€é"},      {0, "e9", "é"},
      {20127, "e9", "é"},        {1251, "cff0e8", "При"},
      {932, "93fa967b", "日本"}, {936, "d6d0", "中"},
      {949, "c7d1", "한"},       {950, "a4a4", "中"},
      {28591, "e9", "é"},        {28605, "a4", "€"},
      {20866, "f0d2c9", "При"},  {65001, "e282ac", "€"},
      {1200, "ac20", "€"},       {50220, "1b2442467c1b2842", "日"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.page);
    EXPECT_EQ(*utf8_from_code_page(as_bytes(hex(row.bytes)), row.page), row.text);
  }
}

TEST(CodePage, ReplacesForeignBytesAndCutCharacters) {
  EXPECT_EQ(*utf8_from_code_page(as_bytes(hex("61ff62")), 65001), "a\uFFFDb");
  EXPECT_EQ(*utf8_from_code_page(as_bytes(hex("93fa96")), 932), "日\uFFFD");
  EXPECT_EQ(*utf8_from_code_page(as_bytes(std::string(10'000, '\x80')), 1252), [] {
    std::string s;
    for (int i = 0; i < 10'000; ++i) s += "€";
    return s;
  }());
}

TEST(CodePage, NamesAPageThatNobodyKnows) {
  const auto text = utf8_from_code_page(as_bytes("a"), 12345);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Code::kUnsupported);
  EXPECT_NE(text.error().what.find("12345"), std::string::npos);
}

TEST(Printable, LeavesTextAndReplacesControls) {
  EXPECT_EQ(printable("Grüße \U0001F4E7"), "Grüße \U0001F4E7");
  EXPECT_EQ(printable("a\x1b[31m\nb\x7f"), "a\uFFFD[31m\uFFFDb\uFFFD");
  EXPECT_EQ(printable("\uFFFE"), "\uFFFD");
  EXPECT_EQ(printable("invoice\u202Efdp.exe"), "invoice\uFFFDfdp.exe");
  EXPECT_EQ(printable("\u2066a\u2069 \u061C\u200F\u2028"), "\uFFFDa\uFFFD \uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(printable("\u05E9\u05DC\u05D5\u05DD"), "\u05E9\u05DC\u05D5\u05DD");
}

TEST(XmlCharacters, ReplacesWhatXmlCannotCarryAndNothingElse) {
  EXPECT_EQ(xml_characters("a\t\r\n \u202Egpj.exe \u05E9 \U0001F4E7"),
            "a\t\r\n \u202Egpj.exe \u05E9 \U0001F4E7");
  EXPECT_EQ(xml_characters(std::string_view("\0\x1b\uFFFF\xFF", 6)), "\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(UpperUtf16, TurnsLettersOfEuropeanScriptsAndLeavesTheRest) {
  const auto upper = [](const char* utf8) {
    return utf8_from_utf16(as_bytes(upper_utf16(as_bytes(utf16_from_utf8(utf8)))));
  };
  EXPECT_EQ(upper("re: Möbel, straße 12÷3 ÿ"), "RE: MÖBEL, STRAßE 12÷3 Ÿ");
  EXPECT_EQ(upper("łódź ěščř İı ĺňŋ"), "ŁÓDŹ ĚŠČŘ İı ĹŇŊ");
  EXPECT_EQ(upper("αάέήίςσϊόύώ"), "ΑΆΈΉΊςΣΪΌΎΏ");
  EXPECT_EQ(upper("абяѐџ աֆ"), "АБЯЀЏ ԱՖ");
  EXPECT_EQ(upper("漢字 😀 ab"), "漢字 😀 AB");
}

}  // namespace
}  // namespace mk
