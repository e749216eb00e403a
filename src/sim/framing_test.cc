#include "sim/framing.h"

#include <gtest/gtest.h>

#include <set>

#include "mapi/item_reader.h"
#include "mapi/verdict.h"
#include "model/tags.h"
#include "sim/base64_source.h"
#include "sim/synthetic.h"

namespace mk::sim {
namespace {

ByteString property(std::uint32_t tag, const ByteString& value) {
  ByteString out = le_bytes(tag);
  append_le(out, static_cast<std::uint32_t>(value.size()));
  return out + value;
}

ByteString all_of(const BlobPtr& blob, std::uint64_t offset = 0) {
  auto in = blob->open(offset);
  auto bytes = read_all(**in, 1 << 30);
  return *std::move(bytes);
}

TEST(Framing, CutsInsideLongValuesAndBetweenElementsOnly) {
  const ByteString integer = le_bytes(0x00170003) + le_bytes(1);
  const ByteString bare = property(0x30130102, ByteString(kBufferBytes - 10, 'a')) + integer +
                          property(0x10000102, ByteString(100'000, 'b'));
  const auto ends = buffer_ends(as_bytes(bare));
  std::size_t from = 0;
  for (const auto end : ends) {
    EXPECT_LE(end - from, kBufferBytes);
    from = end;
  }
  EXPECT_EQ(ends.back(), bare.size());
  EXPECT_EQ(ends[0], kBufferBytes - 2);  // the integer did not fit whole
}

TEST(Framing, CutsWhatItDoesNotUnderstandAnywhere) {
  const ByteString junk(100'000, '\xFF');
  EXPECT_EQ(buffer_ends(as_bytes(junk)).size(), 4U);
  EXPECT_TRUE(buffer_ends({}).empty());
}

TEST(Framing, KnowsFramedStreams) {
  EXPECT_TRUE(is_framed(as_bytes(frame({}))));
  EXPECT_FALSE(is_framed(as_bytes("\x03\x00\x17\x00\x01\x00\x00\x00")));
  EXPECT_FALSE(is_framed({}));
}

TEST(Base64Source, GivesWhatTheBaseFunctionGives) {
  for (const std::size_t n : {0, 1, 2, 3, 4, 1000, 49152, 49153, 200'000}) {
    ByteString bytes;
    for (std::size_t i = 0; i < n; ++i) bytes.push_back(static_cast<char>(i * 7 + i / 256));
    auto source = make_base64_source(make_memory_blob(bytes));
    EXPECT_EQ(*read_all(*source, 1 << 20), to_base64(as_bytes(bytes))) << n;
  }
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

TEST(Synthetic, MailboxesHaveDocumentsInCommon) {
  constexpr std::size_t kPiece = 4096;
  const auto common = [](std::uint64_t percent) {
    std::set<ByteString> of_one;
    int n = 0;
    for (const std::uint64_t seed : {1, 2}) {
      const SyntheticItems items({200, 50'000, seed, 1, percent});
      for (std::uint64_t i = 0; i < 200; ++i) {
        const ByteString end = all_of(items.bytes(i));
        if (end.size() < 2 * kPiece || !items.facts(i).has_attachments) continue;
        const ByteString piece = end.substr(end.size() - kPiece);
        n += seed == 1 ? (of_one.insert(piece), 0) : static_cast<int>(of_one.count(piece));
      }
    }
    return n;
  };
  EXPECT_EQ(common(0), 0);
  EXPECT_GT(common(100), 0);
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

}  // namespace
}  // namespace mk::sim
