#include "archive/restore_point.h"

#include <atomic>
#include <thread>

#include "archive/fixture_test.h"
#include "archive/node_cache.h"

namespace mk::archive {
namespace {

class RestorePointTest : public testing::Test {
 protected:
  RestorePointTest() {
    mailbox.add_folder("F1", "Inbox");
    mailbox.add_folder("F2", "Sent");
    mailbox.add_folder("F3", "Empty");
    for (int i = 0; i < 500; ++i)
      mailbox.add_item("F1", "I" + std::to_string(i), "mail " + std::to_string(i));
    for (int i = 0; i < 300; ++i)
      mailbox.add_item("F2", "I" + std::to_string(i), "sent " + std::to_string(i));
    root = mailbox.write();
  }
  std::set<std::string> items(const RestorePoint& point, const std::string& folder,
                              const RestorePoint::OnLost& lost = nullptr) {
    std::set<std::string> out;
    EXPECT_TRUE(point.for_each_item(
        {folder}, {}, [&](const ItemRecord& i) -> Result<bool> { return out.insert(i.head.id.value).second; },
        lost));
    return out;
  }
  Nodes nodes;
  Mailbox mailbox{nodes};
  vault::TreeWriter::Root root;
};

TEST_F(RestorePointTest, GivesFoldersItemsAndTheirBytes) {
  const auto point = *RestorePoint::open(nodes, root);
  EXPECT_EQ(point->record().mailbox, "alice");
  EXPECT_EQ(*point->run_text(), "the run");
  ASSERT_EQ(point->folders().size(), 3u);
  EXPECT_EQ(point->folders()[1].folder.name, "Sent");
  EXPECT_EQ(items(*point, "F1").size(), 500u);
  EXPECT_EQ(items(*point, "F2").size(), 300u);
  EXPECT_TRUE(items(*point, "F3").empty());
  const auto item = *point->find({"F2"}, {"I7"});
  ASSERT_TRUE(item);
  ByteString bytes;
  StringSink sink(bytes);
  ASSERT_TRUE(point->read(*item, sink));
  EXPECT_EQ(bytes, "sent 7");
  EXPECT_FALSE(*point->find({"F3"}, {"I7"}));
  EXPECT_FALSE(*point->find({"F1"}, {"I700"}));
}

TEST_F(RestorePointTest, GivesPagesFromAnywhere) {
  const auto point = *RestorePoint::open(nodes, root);
  std::set<std::string> all;
  model::ItemId last;
  for (;;) {
    int n = 0;
    ASSERT_TRUE(point->for_each_item({"F1"}, last, [&](const ItemRecord& i) -> Result<bool> {
      EXPECT_TRUE(all.insert(i.head.id.value).second);
      last = i.head.id;
      return ++n < 64;
    }));
    if (n == 0) break;
  }
  EXPECT_EQ(all.size(), 500u);
}

TEST_F(RestorePointTest, VisitsEveryItemOfEveryFolder) {
  const auto point = *RestorePoint::open(nodes, root);
  std::map<std::size_t, int> n;
  ASSERT_TRUE(
      point->for_each_item([&](std::size_t folder, const ItemRecord&) -> Status { return ++n[folder], ok; }));
  EXPECT_EQ(n, (std::map<std::size_t, int>{{0, 500}, {1, 300}}));
}

TEST_F(RestorePointTest, HoldsALongFolderInAnObject) {
  mailbox.folders["F1"].state.value = std::string(9'000, 's');
  const auto point = *RestorePoint::open(nodes, mailbox.write());
  EXPECT_EQ(point->folders()[0].state.value.size(), 9'000u);
}

/// Each node and chunk in turn: the rest is given, and what is lost is counted.
TEST_F(RestorePointTest, LosesOnlyWhatIsBelowDamage) {
  const auto all = nodes.all;
  std::size_t nodes_lost = 0;
  for (const auto& [id, chunk] : all) {
    if (chunk.kind != vault::ChunkKind::kNode) continue;
    SCOPED_TRACE(id.brief());
    nodes.all = all;
    nodes.all.erase(id);
    const auto point = RestorePoint::open(nodes, root);
    if (!point) {
      EXPECT_EQ(point.error().code, Code::kNotFound);  // the path to the point's own entry
      continue;
    }
    std::uint64_t found = 0, lost = 0;
    ASSERT_TRUE((*point)->for_each_item([&](std::size_t, const ItemRecord&) -> Status { return ++found, ok; },
                                        [&](std::uint64_t n, const Error&) { lost += n; }));
    const bool without = static_cast<bool>(
        (*point)->for_each_item([](std::size_t, const ItemRecord&) -> Status { return ok; }));
    EXPECT_EQ(without, lost == 0);
    nodes_lost += lost > 0 ? 1 : 0;
    if (!(*point)->lost_folders().empty()) continue;
    EXPECT_EQ(found + lost, 800u);
  }
  EXPECT_GT(nodes_lost, 5u);
}

TEST_F(RestorePointTest, RefusesWhatHoldsNoMailbox) {
  EXPECT_EQ(RestorePoint::open(nodes, {}).error().code, Code::kCorrupt);
  EXPECT_EQ(RestorePoint::open(nodes, nodes.tree(10)).error().code, Code::kCorrupt);
}

/// A page and a look-up cost nodes of the height, whatever the mailbox holds.
TEST(RestorePointCost, OfAPageDoesNotGrowWithTheMailbox) {
  std::map<int, std::size_t> page, look_up;
  for (const int n : {10'000, 120'000}) {
    Nodes nodes;
    Mailbox mailbox(nodes);
    mailbox.add_folder("F", "Inbox");
    auto& first = mailbox.add_item("F", "I0", "mail");
    for (int i = 1; i < n; ++i) {
      ItemRecord& item = mailbox.items[{"F", "I" + std::to_string(i)}] = first;
      item.head.id.value = "I" + std::to_string(i);
    }
    const auto point = *RestorePoint::open(nodes, mailbox.write());
    nodes.n_read = 0;
    int left = 100;
    ASSERT_TRUE(
        point->for_each_item({"F"}, {"I500"}, [&](const ItemRecord&) -> Result<bool> { return --left > 0; }));
    page[n] = nodes.n_read;
    nodes.n_read = 0;
    ASSERT_TRUE(*point->find({"F"}, {"I777"}));
    look_up[n] = nodes.n_read;
  }
  EXPECT_LE(page[120'000], page[10'000] + 12);
  EXPECT_LE(page[120'000], 60u);
  EXPECT_LE(look_up[120'000], look_up[10'000] + 3);
}

TEST(NodeCacheTest, GivesPartsToManyThreads) {
  Nodes nodes;
  std::vector<std::pair<vault::ChunkId, ByteString>> groups;
  for (unsigned i = 0; i < 20; ++i) {
    const ByteString bytes = noise(10'000, i);
    groups.emplace_back(*nodes.put(vault::ChunkKind::kData, {}, as_bytes(bytes)), bytes);
  }
  std::mutex mutex;
  NodeCache cache(nodes, mutex);
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {  // each group of its own, as those who export do
        for (std::size_t g = t; g < groups.size(); g += 4)
          for (std::size_t at = 0; at < 10'000; at += 1'000) {
            const auto part = cache.part(groups[g].first, at, 1'000);
            if (!part || *part != groups[g].second.substr(at, 1'000)) ++wrong;
          }
      });
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_LT(nodes.n_read, 100u);  // of 200 parts; one that waits for long may find its group gone
  EXPECT_EQ(cache.part(groups[0].first, 9'001, 1'000).error().code, Code::kCorrupt);
  EXPECT_EQ(cache.part(vault::ChunkId{}, 0, 1).error().code, Code::kNotFound);
}

TEST(NodeCacheTest, ReadsANodeOnceAndStaysWithinItsBound) {
  Nodes nodes;
  const auto root = nodes.tree(5'000);
  std::mutex mutex;
  const auto read_all = [&](NodeCache& cache) {
    nodes.n_read = 0;
    int n = 0;
    EXPECT_TRUE(
        vault::visit_tree(cache, root, "", [&](const vault::Entry&) -> Result<bool> { return ++n > 0; }));
    EXPECT_EQ(n, 5'000);
    return nodes.n_read;
  };
  NodeCache large(nodes, mutex), small(nodes, mutex, 10'000);
  const std::size_t n = read_all(large);
  EXPECT_EQ(read_all(large), 0u);
  EXPECT_EQ(read_all(small), n);
  EXPECT_GE(read_all(small) + 5, n);
}

}  // namespace
}  // namespace mk::archive
