#include "mime/rtf.h"

#include <gtest/gtest.h>

#include "mime/lzfu.h"

namespace mk::mime {
namespace {

ByteString unhex(std::string_view digits) { return *from_hex(digits); }

// [MS-OXRTFCP] 4.1.1: "{\rtf1\ansi\ansicpg1252\pard hello world}\r\n"
const ByteString kHello = unhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0");
// [MS-OXRTFCP] 4.1.2: "{\rtf1 WXYZWXYZWXYZWXYZWXYZ}", a reference that reaches into what it writes
const ByteString kCrossing = unhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0");

TEST(DecompressRtf, ReadsTheExamplesOfTheSpecification) {
  const auto hello = decompress_rtf(as_bytes(kHello));
  ASSERT_TRUE(hello) << hello.error().what;
  EXPECT_EQ(*hello, "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
  const auto crossing = decompress_rtf(as_bytes(kCrossing));
  ASSERT_TRUE(crossing) << crossing.error().what;
  EXPECT_EQ(*crossing, "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
}

TEST(DecompressRtf, ReadsWhatWrapRtfWrites) {
  const auto back = decompress_rtf(as_bytes(wrap_rtf("{\\rtf1 a}")));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, "{\\rtf1 a}");
}

TEST(DecompressRtf, NamesWhatIsWrong) {
  const auto patched = [](std::size_t at, char c) {
    ByteString s = kHello;
    s[at] = c;
    return s;
  };
  const struct {
    const char* name;
    ByteString in;
    Code code;
    const char* says;
  } kRows[] = {
      {"empty", "", Code::kTruncated, "COMPSIZE"},
      {"cut", kHello.substr(0, 30), Code::kTruncated, "COMPSIZE"},
      {"type", patched(8, 'X'), Code::kCorrupt, "COMPTYPE"},
      {"damaged", patched(20, '!'), Code::kCorrupt, "CRC"},
      {"size", patched(4, '\x40'), Code::kCorrupt, "RAWSIZE"},
      {"huge", patched(7, '\x7F'), Code::kExhausted, "RAWSIZE"},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    const auto got = decompress_rtf(as_bytes(row.in));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, row.code);
    EXPECT_NE(got.error().what.find(row.says), std::string::npos) << got.error().what;
  }
}

TEST(ReadRtf, ExtractsText) {
  const struct {
    const char *name, *rtf, *text;
  } kRows[] = {
      {"paragraphs", "{\\rtf1\\ansi a\\par b\\tab c}", "a\r\nb\tc"},
      {"hex in 1252", "{\\rtf1\\ansi\\ansicpg1252 Gr\\'fc\\'dfe}", "Grüße"},
      {"unicode with its stand-in", "{\\rtf1\\ansi\\uc1 \\u8364 ?5}", "€5"},
      {"surrogate pair", "{\\rtf1\\ansi\\uc1 \\u-10179 ?\\u-8704 ?}", "\U0001F600"},
      {"stand-in of two bytes", "{\\rtf1\\uc2 \\u12354 \\'82\\'a0!}", "あ!"},
      {"font of another code page",
       "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset128 MS Gothic;}}\\f1 "
       "\\'82\\'a0\\f0 \\'e9}",
       "あé"},
      {"destinations are no text",
       "{\\rtf1{\\info{\\title T}}{\\*\\generator G;}{\\colortbl;\\red0;}x{\\pict 00ff}}", "x"},
      {"escapes", "{\\rtf1 \\{\\\\\\}}", "{\\}"},
      {"binary is jumped over", "{\\rtf1 a\\bin3 }}}b}", "ab"},
      {"cut", "{\\rtf1 abc\\'e", "abc"},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    const auto content = read_rtf(row.rtf);
    ASSERT_TRUE(content);
    EXPECT_EQ(content->kind, RtfContent::Kind::kRtf);
    EXPECT_EQ(content->text, row.text);
  }
}

TEST(ReadRtf, TakesHtmlOut) {
  const auto content = read_rtf(
      "{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss Arial;}}\\uc1\\pard "
      "{\\*\\htmltag18 <html>}{\\*\\htmltag34 <head>}{\\*\\htmltag41 </head>}{\\*\\htmltag50 <body>}"
      "{\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 caf\\'e9 {\\*\\htmltag84 &lt;}\\htmlrtf <\\htmlrtf0 \\u8364 "
      "?"
      "{\\*\\mhtmltag84 cid:x}\\htmlrtf\\par}\\htmlrtf0\n{\\*\\htmltag72 </p>}\\par{\\*\\htmltag58 "
      "</body></html>}}");
  ASSERT_TRUE(content);
  EXPECT_EQ(content->kind, RtfContent::Kind::kHtml);
  EXPECT_EQ(content->text, "<html><head></head><body><p>café &lt;€</p>\r\n</body></html>");
}

TEST(ReadRtf, RefusesOtherThingsAndDeepNesting) {
  EXPECT_FALSE(read_rtf("hello"));
  EXPECT_FALSE(read_rtf("{\\rtf1" + std::string(1000, '{')));
}

}  // namespace
}  // namespace mk::mime
