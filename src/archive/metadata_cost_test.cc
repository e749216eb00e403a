// What a restore point costs beside the bytes of items. docs/formats/archive.md, "What metadata costs"
#include "archive/fixture_test.h"
#include "vault/tree_update.h"

namespace mk::archive {
namespace {

/// Adds up what new nodes take in a store.
struct Counting final : vault::ChunkSink {
  Nodes& nodes;
  std::size_t bytes = 0;
  explicit Counting(Nodes& n) : nodes(n) {}
  Result<vault::ChunkId> put(vault::ChunkKind kind, std::span<const vault::ChunkId> refs,
                             Bytes plain) override {
    const auto name = vault::name_chunk(kKeys, kind, refs, plain);
    if (nodes.all.contains(name.id)) return name.id;
    const auto sealed = vault::seal_chunk(vault::kVault, kKeys, name, kind, refs, plain);
    bytes += sealed->size() + wire_size<vault::PackEntry>();
    return nodes.put(kind, refs, plain);
  }
};

ByteString random_of(unsigned seed, std::size_t n) {
  ByteString out;
  for (unsigned i = 0; out.size() < n; ++i)
    out += as_chars(sha256(as_bytes(le_bytes(std::uint64_t{i} << 32 | seed))));
  return out.substr(0, n);
}

std::string base64_of(unsigned seed, std::size_t n) { return to_base64(as_bytes(random_of(seed, n))); }

/// As Exchange names things: ids of one mailbox differ in their last 24 bytes or so.
ItemRecord item_of(unsigned i, unsigned version) {
  static const std::string mailbox = base64_of(1, 90);
  ItemRecord item;
  item.head.id.value = mailbox + base64_of(i + 10, 24);
  item.head.change_key.value = "CQAAABYAAAA" + base64_of(i * 3 + version, 24);
  item.head.item_class = "IPM.Note";
  item.head.size_bytes = 3'000 + i % 4'096;
  item.label.subject = "Re: what we said of " + std::to_string(i % 997) + " on " + std::to_string(i % 31);
  item.label.sender = "colleague" + std::to_string(i % 50) + "@example.test";
  item.label.received = {133'000'000'000'000'000 + i * std::uint64_t{7'919'000'000}};
  item.content_hash = random_of(i * 5 + version, 32);
  item.search_key = random_of(i * 7, 16);
  item.stream.bytes = item.head.size_bytes;
  item.stream.sha256 = sha256(as_bytes(le_bytes(i * 11 + version)));
  const auto group = vault::ChunkId::of(sha256(as_bytes(le_bytes(i / 20 * 3 + version))));
  item.stream.object = {item.head.size_bytes, 0, group, i % 20 * 3'000};
  return item;
}

constexpr int kFolders = 20;
model::FolderId folder_id(int i) {
  return {base64_of(1, 90) + base64_of(1'000'000 + static_cast<unsigned>(i), 24)};
}

/// A mailbox with an inbox of `n` items and 19 other folders, and its points.
class MetadataCost : public testing::TestWithParam<unsigned> {
 protected:
  vault::TreeWriter::Root point(const vault::TreeWriter::Root& items, unsigned version) {
    std::map<std::string, vault::Entry> folders;
    for (int i = 0; i < kFolders; ++i) {
      FolderRecord f;
      f.folder.id = folder_id(i), f.folder.parent = folder_id(0);
      f.folder.name = "Folder " + std::to_string(i), f.folder.folder_class = "IPF.Note";
      f.position = static_cast<std::uint32_t>(i), f.set = 0;
      f.state.value = base64_of(2'000'000 + static_cast<unsigned>(i) + (i == 1 ? version * 100 : 0), 150);
      f.ledger = R"({"path":"Top\/Folder )" + std::to_string(i) + R"(","status":"compared","before":[1,0],)" +
                 R"("on_server":[1,0],"stored":[0,0],"unchanged":[1,0],"skipped":[0,0]})";
      auto entry = *folder_entry(f, out, kKeys.cut);
      folders[entry.key] = entry;
    }
    vault::TreeWriter tree(out, kKeys.tree_cut);
    const PointRecord record{
        PointKind::kIncremental, "alice@example.test", "2026-11-22T20-00-00Z-incremental", {version},
        {version + 1},           items.entries};
    const std::string run =
        R"({"header":{"mailbox":"alice@example.test","version":)" + std::to_string(version) + "}}";
    const auto text = *vault::write_object(*make_memory_source(as_bytes(run)), out, kKeys.cut);
    EXPECT_TRUE(tree.add(*point_entry(record, text)));
    for (auto& [key, entry] : folders) EXPECT_TRUE(tree.add(entry));
    EXPECT_TRUE(tree.add(items_entry(items)));
    return *tree.finish();
  }
  vault::TreeWriter::Root full(unsigned n) {
    std::map<std::string, unsigned> order;
    for (unsigned i = 0; i < n; ++i) order[item_key(folder_id(1), item_of(i, 0).head.id)] = i;
    vault::TreeWriter tree(nodes, kKeys.tree_cut);
    for (const auto& [key, i] : order) EXPECT_TRUE(tree.add(*item_entry(folder_id(1), item_of(i, 0))));
    return *tree.finish();
  }
  /// The bytes of a new point of `n` changed items, those from `first` on.
  std::size_t change(const vault::TreeWriter::Root& items, unsigned first, unsigned n) {
    out.bytes = 0;
    std::map<std::string, vault::Entry> entries;
    for (unsigned i = first; i < first + n; ++i) {
      auto entry = *item_entry(folder_id(1), item_of(i, 1 + first));
      entries[entry.key] = entry;
    }
    auto at = entries.begin();
    const auto next = [&]() -> Result<std::optional<vault::TreeEdit>> {
      if (at == entries.end()) return std::optional<vault::TreeEdit>{};
      vault::TreeEdit edit{at->first, {}, {}};
      edit.change = [e = at++->second](const vault::Entry*) { return Result(std::optional(e)); };
      return std::optional(std::move(edit));
    };
    point(*vault::update_tree({nodes, out, kKeys.tree_cut}, items, next), first + 1);
    return out.bytes;
  }
  Nodes nodes;
  Counting out{nodes};
};

INSTANTIATE_TEST_SUITE_P(Of, MetadataCost, testing::Values(10'000));
// by hand: 1,000,000 items take a minute and 1 GB
INSTANTIATE_TEST_SUITE_P(DISABLED_Of, MetadataCost, testing::Values(100'000, 1'000'000));

TEST_P(MetadataCost, IsAtMostTenKilobytesAChangedItem) {
  const auto items = full(GetParam());
  point(items, 0);
  constexpr unsigned kRounds = 40;
  std::size_t sum = 0, most = 0;
  for (unsigned i = 0; i < kRounds; ++i) {
    const std::size_t bytes = change(items, i * (GetParam() / kRounds), 1);
    sum += bytes, most = std::max(most, bytes);
  }
  const std::size_t hundred = change(items, 0, 100);
  std::printf("%u items: %zu bytes on average, %zu at most; of a hundred %zu each\n", GetParam(),
              sum / kRounds, most, hundred / 100);
  EXPECT_LE(sum / kRounds, 10'000u);
  EXPECT_LE(most, 16'000u);
  EXPECT_LE(hundred / 100, 5'000u);
}

}  // namespace
}  // namespace mk::archive
