#include "mapi/item_reader.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/test_data.h"
#include "mapi/item_writer.h"
#include "model/tags.h"

namespace mk::mapi {
namespace {

using model::Item;
using model::PropTag;
using model::PropType;
namespace pid = model::pid;

Item sample_item() {
  Item item;
  item.properties.add(PropTag(0x001A84E4), "IPM.Note");
  item.properties.set_text(pid::kSubject, "Größe");
  item.properties.set_boolean(pid::kRead, true);
  item.properties.add({PropTag(0x80011003), model::lid_name(model::pset::kCommon, 0x8501),
                       model::Value::of_elements({le_bytes(1), le_bytes(-1)}), false});
  item.properties.add({PropTag(0x8002101F), model::string_name(model::pset::kPublicStrings, "Keywords"),
                       model::Value::of_elements({"", ByteString("a\0", 2)}), false});
  item.properties.add(PropTag(pid::kBodyHtml, PropType::kBinary), ByteString(100000, 'x'));
  item.recipients.emplace_back().set_text(pid::kDisplayName, "Ann");
  auto& attachment = item.attachments.emplace_back();
  attachment.properties.set_integer32(pid::kAttachMethod, model::kAttachEmbedded);
  attachment.embedded = std::make_unique<Item>();
  attachment.embedded->properties.set_text(pid::kSubject, "inner");
  return item;
}

void expect_same(const Item& a, const Item& b) {
  auto ha = content_hash(a), hb = content_hash(b);
  ASSERT_TRUE(ha && hb);
  EXPECT_EQ(to_hex(as_bytes(*ha)), to_hex(as_bytes(*hb)));
}

TEST(ItemReader, ReadsWhatTheWriterWrote) {
  const Item item = sample_item();
  ByteString bare, framed;
  StringSink bare_sink(bare), framed_sink(framed);
  ASSERT_TRUE(write_message_content(item, bare_sink));
  ASSERT_TRUE(write_exported_item(item, framed_sink));
  auto a = read_message_content(make_memory_blob(bare));
  auto b = read_exported_item(make_memory_blob(framed));
  ASSERT_TRUE(a) << a.error().what;
  ASSERT_TRUE(b) << b.error().what;
  expect_same(item, *a);
  expect_same(item, *b);
  const auto* html = b->properties.find(pid::kBodyHtml);
  ASSERT_NE(html, nullptr);
  EXPECT_TRUE(html->value.is_blob());
  EXPECT_EQ(*html->value.load(), ByteString(100000, 'x'));
  EXPECT_EQ(b->properties.get_text(pid::kSubject), "Größe");
  EXPECT_EQ(b->recipients.at(0).get_text(pid::kDisplayName), "Ann");
  EXPECT_EQ(b->attachments.at(0).embedded->properties.get_text(pid::kSubject), "inner");
}

}  // namespace
}  // namespace mk::mapi
