#include "sim/synthetic.h"

#include <gtest/gtest.h>

#include <set>

#include "mapi/item_reader.h"
#include "mapi/verdict.h"
#include "model/tags.h"

namespace mk::sim {
namespace {

ByteString all_of(const BlobPtr& blob, std::uint64_t offset = 0) {
  auto in = blob->open(offset);
  auto bytes = read_all(**in, 1 << 30);
  return *std::move(bytes);
}

/// The contents of the attachments of a mailbox.
std::vector<ByteString> attachments_of(const char* spec) {
  std::vector<ByteString> out;
  const auto parsed = parse_synthetic(spec);
  const SyntheticItems items(*parsed);
  for (std::uint64_t i = 0; i < parsed->items; ++i) {
    const auto item = mapi::read_exported_item(items.bytes(i));
    EXPECT_TRUE(item);
    for (const auto& a : item->attachments) {
      const auto* const data = a.properties.find(model::pid::kAttachDataBinary);
      out.push_back(*read_all(**data->value.open(), 1 << 20));
    }
  }
  return out;
}

TEST(Synthetic, ReadsItsOwnForm) {
  const auto spec = parse_synthetic("20:50000:3:4");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->items, 20U);
  EXPECT_EQ(spec->folders, 4U);
  EXPECT_EQ(parse_synthetic("20:50000:3")->folders, 10U);
  for (const char* bad :
       {"", "20", "20:50000", "20:x:1", "20:50000:1:0", "20:0:1", "1:2:3:4:5:6", "1:2:3:4:101"})
    EXPECT_FALSE(parse_synthetic(bad)) << bad;
}

TEST(Synthetic, SameSeedSameBytesOtherSeedOthers) {
  const SyntheticItems a({3, 50'000, 1, 1}), b({3, 50'000, 1, 1}), c({3, 50'000, 2, 1});
  EXPECT_EQ(all_of(a.bytes(2)), all_of(b.bytes(2)));
  EXPECT_NE(all_of(a.bytes(2)), all_of(c.bytes(2)));
  EXPECT_EQ(all_of(a.bytes(2)).substr(1234), all_of(a.bytes(2), 1234));
}

TEST(Synthetic, ItemsAreWholeAndSayWhatTheIndexSays) {
  const SyntheticItems items({40, 50'000, 9, 1});
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < 40; ++i) {
    SCOPED_TRACE(i);
    const BlobPtr bytes = items.bytes(i);
    total += bytes->size();
    EXPECT_EQ(all_of(bytes).size(), bytes->size());
    const ItemFacts given = items.facts(i);
    auto in = bytes->open();
    const auto verdict = mapi::check_exported_item(
        **in, {.size_bytes = bytes->size(), .has_attachments = given.has_attachments});
    EXPECT_NE(verdict.wholeness, mapi::Wholeness::kNotWhole) << verdict.evidence;
    const auto item = mapi::read_exported_item(bytes);
    ASSERT_TRUE(item) << item.error().what;
    const ItemFacts read = facts_of(*item);
    EXPECT_EQ(read.subject, given.subject);
    EXPECT_EQ(read.search_key, given.search_key);
    EXPECT_EQ(read.received, given.received);
    EXPECT_EQ(read.flags, given.flags);
    EXPECT_EQ(read.has_attachments, given.has_attachments);
    EXPECT_EQ(read.internet_message_id, given.internet_message_id);
  }
  EXPECT_GT(total / 40, 20'000U);
  EXPECT_LT(total / 40, 120'000U);
}

TEST(Synthetic, ItemsShareNoAttachmentUnlessTheyAreToldTo) {
  const auto mine = attachments_of("200:30000:1"), theirs = attachments_of("200:30000:2");
  std::set<ByteString> all(mine.begin(), mine.end());
  all.insert(theirs.begin(), theirs.end());
  EXPECT_GT(mine.size(), 40u);
  EXPECT_EQ(all.size(), mine.size() + theirs.size());
}

/// Wherever in a stream they lie.
TEST(Synthetic, MailboxesHaveDocumentsInCommon) {
  const auto mine = attachments_of("900:10000:1:10:100"), theirs = attachments_of("900:10000:2:10:100");
  const std::set<ByteString> documents(mine.begin(), mine.end());
  EXPECT_LT(documents.size(), mine.size());
  std::size_t common = 0;
  for (const ByteString& a : theirs) common += documents.contains(a) ? 1 : 0;
  EXPECT_GT(common, theirs.size() / 10);
}

}  // namespace
}  // namespace mk::sim
