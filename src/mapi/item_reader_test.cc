#include "mapi/item_reader.h"

#include "mapi/streams_test.h"

namespace mk::mapi {
namespace {

using model::Item;
namespace pid = model::pid;

std::string hash_of(const Item& item) {
  auto hash = content_hash(item);
  EXPECT_TRUE(hash) << hash.error().what;
  return hash ? to_hex(as_bytes(*hash)) : "";
}

TEST(ItemReader, ReadsWhatTheWriterWrote) {
  const Item item = sample_item();
  auto a = read_message_content(make_memory_blob(bare(item)));
  auto b = read_exported_item(make_memory_blob(exported(item)));
  ASSERT_TRUE(a) << a.error().what;
  ASSERT_TRUE(b) << b.error().what;
  EXPECT_EQ(hash_of(*a), hash_of(item));
  EXPECT_EQ(hash_of(*b), hash_of(item));
  EXPECT_EQ(b->properties.get_text(pid::kSubject), "Größe");
  EXPECT_EQ(b->recipients.at(0).get_text(pid::kDisplayName), "Ann");
  EXPECT_EQ(b->attachments.at(0).embedded->properties.get_text(pid::kSubject), "inner");
}

TEST(ItemReader, LeavesLargeValuesInTheStream) {
  auto item = read_exported_item(make_memory_blob(exported(sample_item())));
  ASSERT_TRUE(item) << item.error().what;
  const auto* html = item->properties.find(pid::kBodyHtml);
  ASSERT_NE(html, nullptr);
  ASSERT_TRUE(html->value.is_blob());
  EXPECT_EQ(*html->value.load(), ByteString(100000, 'x'));
  auto from_70000 = html->value.blob()->open(70000);
  ASSERT_TRUE(from_70000);
  EXPECT_EQ(read_all(**from_70000, 1 << 20)->size(), 30000u);
}

TEST(ItemReader, StripsTheTerminatorOfLargeStringsAndNotesWhenThereIsNone) {
  for (const bool terminated : {true, false}) {
    SCOPED_TRACE(terminated);
    Item item;
    model::Property p{
        model::PropTag(0x1000001F), {}, model::Value::of_bytes(ByteString(80000, 'a')), !terminated};
    item.properties.add(std::move(p));
    auto read = read_exported_item(make_memory_blob(exported(item)));
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->properties[0].unterminated, !terminated);
    EXPECT_EQ(*read->properties[0].value.load(), ByteString(80000, 'a'));
    EXPECT_EQ(exported(*read), exported(item));
  }
}

TEST(ItemReader, KeepsAnItemsMemoryBoundedByTurningValuesIntoBlobs) {
  Item item;
  for (int i = 0; i < 600; ++i)
    item.properties.add(model::PropTag(0x10090102u + (static_cast<std::uint32_t>(i) << 16)),
                        ByteString(20000, 'b'));
  auto read = read_message_content(make_memory_blob(bare(item)));
  ASSERT_TRUE(read) << read.error().what;
  std::uint64_t in_memory = 0;
  for (const auto& p : read->properties) in_memory += p.value.bytes().size();
  EXPECT_LE(in_memory, model::kMaxInlineItemBytes);
  EXPECT_GT(in_memory, model::kMaxInlineItemBytes - 30000);
  EXPECT_EQ(hash_of(*read), hash_of(item));
}

TEST(ItemReader, RefusesArraysThatDoNotFitIntoMemory) {
  Item item;
  std::vector<ByteString> elements(300000, ByteString());
  item.properties.add(
      {model::PropTag(0x6617101F), {}, model::Value::of_elements(std::move(elements)), false});
  const auto read = read_message_content(make_memory_blob(bare(item)));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kCorrupt);
}

TEST(ItemReader, RefusesAnItemInWhichTheServerReportsAnError) {
  ByteString stream = bare(sample_item());
  append_le(stream, static_cast<std::uint32_t>(Marker::kFXErrorInfo));
  const auto read = read_message_content(make_memory_blob(stream));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kCorrupt);
  EXPECT_NE(read.error().what.find("FXErrorInfo"), std::string::npos);
}

}  // namespace
}  // namespace mk::mapi
