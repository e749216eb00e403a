#include "ews/xml_reader.h"

#include <gtest/gtest.h>

#include "ews/element.h"
#include "ews/xml_filter.h"

namespace mk::ews {
namespace {

class Collect final : public XmlFilter {
 public:
  std::string out;

 private:
  Status clean(std::string_view text) override {
    out += text;
    return ok;
  }
};

std::string filtered(std::string_view in, std::size_t piece) {
  Collect filter;
  for (std::size_t at = 0; at < in.size(); at += piece) EXPECT_TRUE(filter.feed(in.substr(at, piece)));
  EXPECT_TRUE(filter.finish());
  return filter.out;
}

struct FilterRow {
  const char* name;
  std::string_view in;
  std::string_view out;
};

constexpr std::string_view kR = "\xEF\xBF\xBD";

const std::vector<FilterRow>& filter_rows() {
  using namespace std::string_view_literals;
  static const std::vector<FilterRow> rows = {
      {"plain text", "<a b=\"c\">x &lt; y\r\n\t</a>", "<a b=\"c\">x &lt; y\r\n\t</a>"},
      {"well-formed UTF-8", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
      {"legal references", "&#65;&#x20AC;&#x1F600;&#x9;&amp;", "&#65;&#x20AC;&#x1F600;&#x9;&amp;"},
      {"reference to NUL", "a&#x0;b",
       "a\xEF\xBF\xBD"
       "b"},
      {"reference to a control character", "&#x1A;&#26;&#xB;", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"reference to half a pair", "&#xD83D;&#xDE00;", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"reference to a non-character", "&#xFFFF;", kR},
      {"reference beyond Unicode", "&#x110000;&#99999999;", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"raw control characters",
       "a\x01"
       "b\x00"
       "c\x1F"sv,
       "a\xEF\xBF\xBD"
       "b\xEF\xBF\xBD"
       "c\xEF\xBF\xBD"},
      {"lone continuation byte",
       "a\x80"
       "b",
       "a\xEF\xBF\xBD"
       "b"},
      {"overlong sequence", "\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"surrogate in UTF-8", "\xED\xA0\xBD", kR},
      {"sequence cut by text", "\xE2\x82x", "\xEF\xBF\xBD\xEF\xBF\xBDx"},
      {"sequence cut by the end", "x\xE2\x82", "x\xEF\xBF\xBD"},
      {"non-character in UTF-8", "\xEF\xBF\xBF", kR},
      {"lone ampersand", "R & D", "R &amp; D"},
      {"ampersand at the end", "R &", "R &amp;"},
      {"unknown entity", "a&nbsp;b", "a&amp;nbsp;b"},
      {"reference without digits", "&#;&#x;&#xZZ;", "&amp;#;&amp;#x;&amp;#xZZ;"},
      {"two ampersands", "&&amp;", "&amp;&amp;"},
      {"overlong reference", "&#x0000000000000041;", "&amp;#x0000000000000041;"},
  };
  return rows;
}

TEST(XmlFilter, RepairsWhatXmlForbidsHoweverItIsCut) {
  for (const auto& row : filter_rows()) {
    SCOPED_TRACE(row.name);
    for (std::size_t piece = 1; piece <= row.in.size(); ++piece)
      EXPECT_EQ(filtered(row.in, piece), row.out) << piece;
  }
}

class Tree final : public XmlEvents {
 public:
  ElementBuilder builder;
  Element root;

 private:
  Status start_element(std::string_view name, const XmlAttributes& a) override {
    return builder.start(name, a);
  }
  Status text(std::string_view text) override { return builder.text(text); }
  Status end_element(std::string_view) override {
    if (builder.end()) root = builder.take();
    return ok;
  }
};

struct Parsed {
  Status status = ok;
  Element root;
  std::string tail;
};

Parsed parsed(std::string_view in, std::size_t piece = 7) {
  Tree tree;
  XmlReader reader(tree);
  Parsed out;
  for (std::size_t at = 0; at < in.size() && out.status; at += piece)
    out.status = reader.feed(as_bytes(in.substr(at, piece)));
  if (out.status) out.status = reader.finish();
  out.root = std::move(tree.root);
  out.tail = reader.tail();
  return out;
}

TEST(XmlReader, BuildsElementsWithoutPrefixes) {
  const auto p = parsed(
      "\xEF\xBB\xBF<?xml version=\"1.0\"?><m:a x:k='v'> <t:b>one</t:b><c/><b>two &amp; &#x1A;</b></m:a>");
  ASSERT_TRUE(p.status);
  EXPECT_EQ(p.root.name, "a");
  EXPECT_EQ(p.root.attribute("k"), "v");
  EXPECT_EQ(p.root.text, "");
  EXPECT_EQ(p.root.text_of("b"), "one");
  EXPECT_EQ(p.root.children[2].text, "two & \xEF\xBF\xBD");
  EXPECT_EQ(p.root.child("b/c"), nullptr);
}

TEST(XmlReader, KeepsWhatFollowsTheDocumentApart) {
  for (std::size_t piece : {1u, 5u, 1000u}) {
    const auto p = parsed("<a>x</a>\r\n=== Truncated Data ===", piece);
    EXPECT_TRUE(p.status);
    EXPECT_EQ(p.root.text, "x");
    EXPECT_EQ(p.tail, "\r\n=== Truncated Data ===");
  }
  EXPECT_TRUE(parsed("<a/><b/>").status);
  EXPECT_EQ(parsed("<a/>" + std::string(1 << 20, 'x')).tail.size(), 256u);
}

TEST(XmlReader, TellsADocumentThatIsCut) {
  EXPECT_EQ(parsed("<a><b>x</b>").status.error().code, Code::kTruncated);
  EXPECT_EQ(parsed("").status.error().code, Code::kTruncated);
  EXPECT_EQ(parsed("<a attr=\"").status.error().code, Code::kTruncated);
}

TEST(XmlReader, RefusesWhatIsNotXmlOrTooLarge) {
  std::string deep, wide = "<a ";
  for (int i = 0; i < 65; ++i) deep += "<a>", wide += "k" + std::to_string(i) + "='' ";
  const std::pair<const char*, std::string> rows[] = {
      {"a web page", "<!DOCTYPE html><html></html>"},
      {"an internal subset", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"},
      {"mismatched tags", "<a></b>"},
      {"text", "hello"},
      {"JSON", "{\"a\":1}"},
      {"too deep", deep},
      {"too many attributes", wide + "/>"},
      {"a long name", "<" + std::string(257, 'n') + "/>"},
      {"an endless tag", "<a b='" + std::string(3 << 20, 'x')},
      {"an endless comment", "<a><!--" + std::string(3 << 20, '>')},
  };
  for (const auto& [name, in] : rows) {
    SCOPED_TRACE(name);
    const auto p = parsed(in, 4096);
    ASSERT_FALSE(p.status);
    EXPECT_EQ(p.status.error().code, Code::kCorrupt) << p.status.error().what;
  }
}

TEST(XmlReader, BoundsWhatOneElementMayHold) {
  const auto p = parsed("<a>" + std::string(33 << 20, 'x') + "</a>", 1 << 20);
  ASSERT_FALSE(p.status);
  EXPECT_EQ(p.status.error().code, Code::kCorrupt);
  std::string many = "<a>";
  for (int i = 0; i < 400'000; ++i) many += "<b/>";
  EXPECT_EQ(parsed(many, 1 << 16).status.error().code, Code::kCorrupt);
}

TEST(Element, ReadsNumbersStrictly) {
  EXPECT_EQ(to_unsigned("42"), 42u);
  for (const char* bad : {"", " 42", "-1", "4x", "99999999999999999999"})
    EXPECT_FALSE(to_unsigned(bad)) << bad;
  EXPECT_TRUE(to_bool("true") && to_bool("1"));
  EXPECT_FALSE(to_bool("True") || to_bool(""));
}

}  // namespace
}  // namespace mk::ews
