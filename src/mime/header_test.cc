#include "mime/header.h"

#include <gtest/gtest.h>

namespace mk::mime {
namespace {

TEST(EncodeText, LeavesPlainAsciiAndEncodesTheRest) {
  const struct {
    const char *name, *in, *out;
  } kRows[] = {
      {"plain", "Budget 2026", "Budget 2026"},
      {"several spaces stay", "a  b", "a  b"},
      {"umlaut", "Grüße", "=?utf-8?B?R3LDvMOfZQ==?="},
      {"looks encoded", "=?x", "=?utf-8?B?PT94?="},
      {"space at the end", "a ", "=?utf-8?B?YSA=?="},
      {"line break", "a\r\nBcc: x@y.test", "a  Bcc: x@y.test"},
      {"empty", "", ""},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(encode_text(row.in), row.out);
  }
}

TEST(OneLine, DropsNulsAtTheEndOnly) {
  EXPECT_EQ(one_line(std::string_view("a\0b\0\0", 5)), "a b");
  EXPECT_EQ(one_line(std::string_view("\0", 1)), "");
}

TEST(EncodeText, CutsLongTextBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "€";
  const std::string out = encode_text(text);
  EXPECT_NE(out.find("?= =?"), std::string::npos);
  EXPECT_LE(out.find("?="), 73u);
}

TEST(EncodeText, EncodesWordsTooLongForALine) {
  EXPECT_TRUE(encode_text(std::string(2000, 'x')).starts_with("=?utf-8?B?"));
}

TEST(EncodePhrase, QuotesWhatIsNoAtom) {
  EXPECT_EQ(encode_phrase("Ada Lovelace"), "Ada Lovelace");
  EXPECT_EQ(encode_phrase("Lovelace, Ada"), "\"Lovelace, Ada\"");
  EXPECT_EQ(encode_phrase("a \"b\" \\c"), "\"a \\\"b\\\" \\\\c\"");
  EXPECT_EQ(encode_phrase("Zoë"), "=?utf-8?B?Wm/Dqw==?=");
}

TEST(AppendHeader, FoldsBeforeWhiteSpaceOnly) {
  std::string out;
  append_header(out, "X", std::string(70, 'a') + " " + std::string(80, 'b') + " c");
  EXPECT_EQ(out, "X: " + std::string(70, 'a') + "\r\n " + std::string(80, 'b') + "\r\n c\r\n");
}

TEST(AppendHeader, WritesParametersThatNoValueCanBreak) {
  std::string out;
  append_header(out, "Content-Type", "text/plain", {{"name", "a\"b\r\nX-Evil: 1"}, {"charset", ""}});
  EXPECT_EQ(out.find("\r\nX-Evil"), std::string::npos);
  EXPECT_EQ(out.find("charset"), std::string::npos);
  EXPECT_TRUE(out.ends_with("\r\n"));
}

TEST(SplitHeaders, UnfoldsAndStopsAtTheBlankLine) {
  const auto headers = split_headers(
      "Junk without colon\nA: 1\r\n 2\r\nBad name: x\r\n folded into the bad one\nb:\t3\n\nC: body");
  ASSERT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers[0].value, "1 2");
  EXPECT_EQ(headers[1].name, "b");
  EXPECT_EQ(headers[1].value, "3");
  EXPECT_NE(find_header(headers, "B"), nullptr);
  EXPECT_EQ(find_header(headers, "C"), nullptr);
}

}  // namespace
}  // namespace mk::mime
