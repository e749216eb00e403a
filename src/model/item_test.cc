#include "model/item.h"

#include <gtest/gtest.h>

#include <functional>

#include "model/tags.h"

namespace mk::model {
namespace {

Item sample() {
  Item item;
  item.properties.set_text(pid::kSubject, "Grüße");
  item.properties.set_integer32(pid::kImportance, 1);
  item.properties.add({PropTag(0x8001, PropType::kInteger32), lid_name(pset::kPublicStrings, 0x8501),
                       Value::of_bytes(le_bytes(7))});
  item.recipients.emplace_back().set_text(pid::kEmailAddress, "anna@example.test");
  item.recipients.emplace_back().set_text(pid::kEmailAddress, "bert@example.test");
  auto& attachment = item.attachments.emplace_back();
  attachment.properties.set_integer32(pid::kAttachMethod, 5);
  attachment.embedded = std::make_unique<Item>();
  attachment.embedded->properties.set_text(pid::kSubject, "inner");
  return item;
}

ByteString hash_after(const std::function<void(Item&)>& change) {
  Item item = sample();
  change(item);
  return *content_hash(item);
}

const ByteString& unchanged() {
  static const ByteString hash = hash_after([](Item&) {});
  return hash;
}

TEST(ContentHash, StaysWhenWhatAServerSetsChanges) {
  EXPECT_EQ(unchanged().size(), 32u);
  EXPECT_EQ(hash_after([](Item& i) { i.properties.set_time(pid::kLastModificationTime, {5}); }), unchanged());
  EXPECT_EQ(hash_after([](Item& i) { i.properties.set_binary(pid::kChangeKey, "k"); }), unchanged());
  EXPECT_EQ(hash_after([](Item& i) { std::swap(i.properties[0], i.properties[1]); }), unchanged());
  EXPECT_EQ(hash_after([](Item& i) { i.properties[2].tag = PropTag(0x8055, PropType::kInteger32); }),
            unchanged());
  EXPECT_EQ(hash_after([](Item& i) {
              i.properties.add({PropTag(0x8002, PropType::kString),
                                string_name(pset::kPublicStrings, "mailkeep-source"), Value::of_bytes("m")});
            }),
            unchanged());
}

TEST(ContentHash, StaysWhenTextComesInItsCodePageOrValuesAsBlobs) {
  EXPECT_EQ(hash_after([](Item& i) {
              i.properties.set({PropTag(pid::kSubject, PropType::kString8),
                                {},
                                Value::of_bytes("Gr\xfc\xdf"
                                                "e")});
            }),
            unchanged());
  EXPECT_EQ(hash_after([](Item& i) {
              i.properties[1].value = Value::of_blob(make_memory_blob(le_bytes<std::int32_t>(1)));
            }),
            unchanged());
}

TEST(ContentHash, ChangesWithEveryPartOfTheContent) {
  EXPECT_NE(hash_after([](Item& i) { i.properties.set_text(pid::kSubject, "Grüsse"); }), unchanged());
  EXPECT_NE(hash_after([](Item& i) { i.properties.remove(pid::kImportance); }), unchanged());
  EXPECT_NE(hash_after([](Item& i) { i.properties[2].name = lid_name(pset::kPublicStrings, 0x8502); }),
            unchanged());
  EXPECT_NE(hash_after([](Item& i) { std::swap(i.recipients[0], i.recipients[1]); }), unchanged());
  EXPECT_NE(hash_after([](Item& i) { i.recipients.pop_back(); }), unchanged());
  EXPECT_NE(hash_after([](Item& i) { i.attachments[0].embedded->properties.set_text(pid::kSubject, "x"); }),
            unchanged());
}

TEST(ContentHash, RefusesWhatIsEmbeddedTooDeep) {
  Item top;
  Item* at = &top;
  for (int i = 0; i <= kMaxEmbeddingDepth; ++i) {
    at = (at->attachments.emplace_back().embedded = std::make_unique<Item>()).get();
    EXPECT_EQ(static_cast<bool>(content_hash(top)), i < kMaxEmbeddingDepth) << i;
  }
}

TEST(ContentHash, CountsTextInAnUnknownCodePageByItsBytes) {
  const auto with_text = [](const ByteString& text) {
    return hash_after([&](Item& i) { i.properties.add(PropTag(0x3FFE94B0), text); });  // code page 5296
  };
  EXPECT_EQ(with_text("a"), with_text("a"));
  EXPECT_NE(with_text("a"), with_text("b"));
}

}  // namespace
}  // namespace mk::model
