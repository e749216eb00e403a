#include "archive/item_group.h"

#include "archive/fixture_test.h"

namespace mk::archive {
namespace {

/// Short mails of one mailbox: much of one stands in the next.
std::vector<ByteString> mails(unsigned n) {
  std::vector<ByteString> all;
  for (unsigned i = 0; i < n; ++i)
    all.push_back(exported("mail " + std::to_string(i), {noise(200 + i * 37 % 5'000, i)}));
  return all;
}

std::vector<StoredStream> store(Nodes& nodes, const std::vector<ByteString>& streams) {
  std::vector<StoredStream> stored(streams.size());
  ItemGroup group(nodes, kKeys.cut);
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const auto packed = pack_item_stream(*make_memory_blob(streams[i]));
    EXPECT_TRUE(packed);
    stored[i] = {{}, streams[i].size(), packed->sha256};
    EXPECT_TRUE(group.add(*packed, stored[i].object));
  }
  EXPECT_TRUE(group.finish());
  EXPECT_TRUE(group.finish());  // nothing is left
  return stored;
}

TEST(ItemGroup, GivesEveryStreamBackFromOneChunk) {
  auto streams = mails(300);
  streams.insert(streams.end(), {"", "x", noise(5'000, 3), exported("").substr(0, 100)});
  Nodes nodes;
  const auto stored = store(nodes, streams);
  for (std::size_t i = 0; i < streams.size(); ++i) {
    SCOPED_TRACE(i);
    ByteString back;
    StringSink sink(back);
    nodes.n_read = 0;
    ASSERT_TRUE(read_item_stream(nodes, stored[i], sink));
    EXPECT_TRUE(back == streams[i]);
    EXPECT_EQ(nodes.n_read, 1u);
    const auto again = parse_stream(format_stream(stored[i]));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->object, stored[i].object);
  }
}

TEST(ItemGroup, EndsAfterSome64KiBAndNeverBehind288) {
  Nodes nodes;
  store(nodes, mails(3'000));
  std::size_t bytes = 0, largest = 0;
  for (const auto& [id, chunk] : nodes.all)
    bytes += chunk.plain.size(), largest = std::max(largest, chunk.plain.size());
  EXPECT_GT(bytes / nodes.all.size(), 48u * 1024);
  EXPECT_LT(bytes / nodes.all.size(), 80u * 1024);
  EXPECT_LE(largest, 288u * 1024);
}

/// The same streams again in the same order cost nothing; one that is new or gone costs what is near it.
TEST(ItemGroup, IsTheSameAgainApartFromTheNeighbourhoodOfChanges) {
  Nodes nodes;
  auto streams = mails(3'000);
  store(nodes, streams);
  nodes.added.clear();
  store(nodes, streams);
  EXPECT_TRUE(nodes.added.empty());
  streams[700] = exported("changed");
  streams.erase(streams.begin() + 1'500);
  streams.insert(streams.begin() + 2'300, exported("a new one"));
  store(nodes, streams);
  EXPECT_LE(nodes.added.size(), 9u);
  EXPECT_GE(nodes.added.size(), 3u);
}

TEST(ItemGroup, SaysWhatIsDamaged) {
  Nodes nodes;
  auto stored = store(nodes, {exported("one"), exported("two")});
  ByteString back;
  StringSink sink(back);
  StoredStream wrong = stored[0];
  wrong.object.offset = 1;
  EXPECT_EQ(read_item_stream(nodes, wrong, sink).error().code, Code::kCorrupt);
  wrong.object = stored[0].object, wrong.object.size = 1 << 20;
  EXPECT_EQ(read_item_stream(nodes, wrong, sink).error().code, Code::kCorrupt);
  wrong.object = stored[0].object, wrong.object.offset = 1 << 20;
  EXPECT_EQ(read_item_stream(nodes, wrong, sink).error().code, Code::kCorrupt);
  nodes.all.clear();
  EXPECT_EQ(read_item_stream(nodes, stored[1], sink).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace mk::archive
