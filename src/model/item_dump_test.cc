#include "model/item_dump.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/tags.h"

namespace mk::model {
namespace {

using testing::HasSubstr;

Item sample() {
  Item item;
  item.properties.set_text(pid::kSubject, "a \"b\"\n");
  item.properties.set_boolean(pid::kSubfolders, true);
  item.properties.set_integer32(pid::kImportance, -1);
  item.properties.set_binary(pid::kSearchKey, "\x01\xFF");
  item.properties.add({PropTag(0x80031003), lid_name(pset::kCommon, 0x8501),
                       Value::of_elements({le_bytes<std::int32_t>(1), le_bytes<std::int32_t>(2)}), false});
  item.properties.set_binary(pid::kAttachDataBinary, ByteString(5000, 'x'));
  Attachment a;
  a.embedded = std::make_unique<Item>();
  a.embedded->properties.set_text(pid::kSubject, "inner");
  item.attachments.push_back(std::move(a));
  item.recipients.emplace_back().set_text(pid::kDisplayName, "Alice");
  return item;
}

TEST(ItemDump, WritesJson) {
  std::string out;
  StringSink sink(out);
  ASSERT_TRUE(dump_json(sample(), sink));
  EXPECT_THAT(
      out,
      HasSubstr(R"({"tag":"0x0037001f","name":"PidTagSubject","type":"PtypString","value":"a \"b\"\n"})"));
  EXPECT_THAT(out, HasSubstr(R"("type":"PtypBoolean","value":true})"));
  EXPECT_THAT(out, HasSubstr(R"("value":-1})"));
  EXPECT_THAT(out, HasSubstr(R"("value":{"hex":"01ff"}})"));
  EXPECT_THAT(
      out,
      HasSubstr(
          R"("set":"00062008-0000-0000-c000-000000000046","lid":"0x8501","type":"PtypMultipleInteger32","value":[1,2]})"));
  EXPECT_THAT(out, HasSubstr(R"("value":{"bytes":5000,"sha256":")"));
  EXPECT_THAT(out, HasSubstr(R"("embedded":{"properties":[{"tag":"0x0037001f")"));
}

TEST(ItemDump, IndentsTextUnderWhatItBelongsTo) {
  std::string out;
  StringSink sink(out);
  ASSERT_TRUE(dump_text(sample(), sink));
  EXPECT_THAT(out, HasSubstr("0x0037001f PidTagSubject PtypString \"a \\\"b\\\"\\n\"\n"));
  EXPECT_THAT(out, HasSubstr("recipient 1\n  0x3001001f PidTagDisplayName PtypString \"Alice\"\n"));
  EXPECT_THAT(out, HasSubstr("attachment 1\n  embedded message\n    0x0037001f"));
}

}  // namespace
}  // namespace mk::model
