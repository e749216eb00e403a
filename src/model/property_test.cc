#include "model/property.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "model/tags.h"

namespace mk::model {
namespace {

Property string8(std::uint16_t id, std::string_view bytes) {
  return {PropTag(id, PropType::kString8), {}, Value::of_bytes(ByteString(bytes))};
}

TEST(PropertyList, FindsByIdWhateverTheTypeAndNamedOnesByNameOnly) {
  PropertyList list;
  list.set_integer32(pid::kImportance, 2);
  const auto name = lid_name(pset::kPublicStrings, 0x8501);
  list.add({PropTag(0x8001, PropType::kInteger32), name, Value::of_bytes(le_bytes(7))});
  EXPECT_EQ(list.get_integer(pid::kImportance), 2);
  EXPECT_NE(list.find(name), nullptr);
  EXPECT_EQ(list.find(0x8001), nullptr);
  EXPECT_EQ(list.find(string_name(pset::kPublicStrings, "Keywords")), nullptr);
}

TEST(PropertyList, SetReplacesTheSameIdOrNameAndKeepsItsPlace) {
  PropertyList list;
  list.set_text(pid::kSubject, "one");
  list.set_integer32(pid::kImportance, 1);
  list.add(string8(pid::kBody, "x"));
  list.set_text(pid::kSubject, "two");
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].tag.id(), pid::kSubject);
  EXPECT_EQ(list.get_text(pid::kSubject), "two");
  EXPECT_TRUE(list.remove(pid::kSubject));
  EXPECT_FALSE(list.remove(pid::kSubject));
}

TEST(PropertyList, TypedLookUpsGiveNothingForAnotherTypeOrACutValue) {
  PropertyList list;
  list.set_text(pid::kSubject, "x");
  list.add(PropTag(pid::kImportance, PropType::kInteger32), ByteString("\x01", 1));
  list.add(PropTag(pid::kClientSubmitTime, PropType::kTime), ByteString("\x01", 1));
  EXPECT_EQ(list.get_integer(pid::kSubject), std::nullopt);
  EXPECT_EQ(list.get_integer(pid::kImportance), std::nullopt);
  EXPECT_EQ(list.get_time(pid::kClientSubmitTime), std::nullopt);
  EXPECT_EQ(list.get_binary(pid::kSubject), std::nullopt);
  EXPECT_EQ(list.get_text(pid::kBody), std::nullopt);
}

TEST(PropertyList, ReadsCodePageTextByItsOwnCodePage) {
  PropertyList list;
  list.add(string8(pid::kSubject, "\x93\xfa\x96\x7b"));
  EXPECT_NE(list.get_text(pid::kSubject), "日本");
  list.set_integer32(pid::kInternetCodepage, 932);
  EXPECT_EQ(list.get_text(pid::kSubject), "日本");
  list.set_integer32(pid::kMessageCodepage, 1252);  // comes before the other
  EXPECT_EQ(list.code_page(), 1252u);
  list.set_integer32(pid::kMessageCodepage, 1200);  // UTF-16 says nothing of String8 values
  EXPECT_EQ(list.code_page(), 932u);
}

TEST(PropertyList, TextHasNoTerminators) {
  PropertyList list;
  list.add(PropTag(pid::kSubject, PropType::kString), utf16_from_utf8(std::string("image001.gif\0", 13)));
  EXPECT_EQ(list.get_text(pid::kSubject), "image001.gif");
  list.add(PropTag(pid::kBody, PropType::kString), utf16_from_utf8(std::string("\0", 1)));
  EXPECT_EQ(list.get_text(pid::kBody), "");
}

TEST(ToUnicode, ConvertsTextOfAnyShapeAndLeavesTheRest) {
  const auto single = *to_unicode(string8(pid::kSubject, "\xe9"), 1252);
  EXPECT_EQ(single.tag.type(), PropType::kString);
  EXPECT_EQ(as_chars(single.value.bytes()), utf16_from_utf8("é"));

  Property blob = string8(pid::kBody, "");
  blob.value = Value::of_blob(make_memory_blob("\xe9"));
  EXPECT_EQ(*to_unicode(blob, 1252)->value.load(), utf16_from_utf8("é"));

  Property several{
      PropTag(std::uint32_t{pid::kSubject} << 16 | 0x101E), {}, Value::of_elements({"a", "\xe9"})};
  const auto wide = *to_unicode(several, 1252);
  EXPECT_TRUE(wide.tag.is_multiple());
  EXPECT_EQ(wide.value.elements().at(1), utf16_from_utf8("é"));

  const Property number{PropTag(pid::kImportance, PropType::kInteger32), {}, Value::of_bytes(le_bytes(5))};
  EXPECT_EQ(to_unicode(number, 1252)->value.bytes().size(), 4u);
  EXPECT_EQ(to_unicode(string8(pid::kSubject, "a"), 12345).error().code, Code::kUnsupported);
}

TEST(Value, LoadsBlobsUpToABound) {
  const auto value = Value::of_blob(make_memory_blob("0123456789"));
  EXPECT_EQ(value.size(), 10u);
  EXPECT_EQ(*value.load(10), "0123456789");
  EXPECT_EQ(value.load(9).error().code, Code::kExhausted);
  EXPECT_TRUE(value.bytes().empty());
}

TEST(PropertyName, IsWrittenWithItsSet) {
  EXPECT_EQ(format_name(string_name(pset::kPublicStrings, "Keywords")),
            "{00020329-0000-0000-c000-000000000046}/Keywords");
  EXPECT_EQ(format_name(lid_name(pset::kPublicStrings, 0x8501)),
            "{00020329-0000-0000-c000-000000000046}/0x8501");
}

}  // namespace
}  // namespace mk::model
