#include "vault/compress.h"
#include "vault/nodes_test.h"

namespace mk::vault {
namespace {

constexpr ChunkSizes kSmall{256, 1024, 4096};

std::vector<ByteString> chunks_of(const ByteString& bytes, const SecretString& key,
                                  const ChunkSizes& sizes = kSmall) {
  const auto source = make_memory_source(as_bytes(bytes));
  Chunker chunker(*source, key, sizes);
  std::vector<ByteString> out;
  for (;;) {
    const auto chunk = chunker.next();
    if (!chunk || chunk->empty()) return out;
    out.emplace_back(as_chars(*chunk));
  }
}

TEST(Chunker, GivesAllBytesWithinItsSizes) {
  const ByteString bytes = noise(300'000, 1);
  ByteString together;
  const auto chunks = chunks_of(bytes, kKeys.cut);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    EXPECT_LE(chunks[i].size(), kSmall.max_bytes);
    if (i + 1 < chunks.size()) {
      EXPECT_GE(chunks[i].size(), kSmall.min_bytes);
    }
    together += chunks[i];
  }
  EXPECT_EQ(together, bytes);
  EXPECT_NEAR(static_cast<double>(bytes.size()) / static_cast<double>(chunks.size()), 1100, 300);
  EXPECT_TRUE(chunks_of("", kKeys.cut).empty());
}

TEST(Chunker, CutsAtAMebibyteOnAverage) {
  constexpr std::size_t kMebibyte = 1024 * 1024, kBytes = 48 * kMebibyte;
  const auto chunks = chunks_of(noise(kBytes, 4), kKeys.cut, ChunkSizes{});
  for (std::size_t i = 0; i + 1 < chunks.size(); ++i) EXPECT_GE(chunks[i].size(), kMebibyte / 4);
  for (const auto& chunk : chunks) EXPECT_LE(chunk.size(), 4 * kMebibyte);
  EXPECT_NEAR(static_cast<double>(chunks.size()), 48, 12);
}

TEST(Chunker, CutsTheSameAgainBehindAnInsertion) {
  const ByteString bytes = noise(300'000, 2);
  const auto before = chunks_of(bytes, kKeys.cut), after = chunks_of("inserted" + bytes, kKeys.cut);
  const std::set<ByteString> known(before.begin(), before.end());
  const auto n = std::count_if(after.begin(), after.end(), [&](const auto& c) { return known.contains(c); });
  EXPECT_GE(static_cast<std::size_t>(n) + 3, after.size());
}

TEST(Chunker, CutsElsewhereWithAnotherKey) {
  const ByteString bytes = noise(100'000, 3);
  EXPECT_NE(chunks_of(bytes, kKeys.cut), chunks_of(bytes, kKeys.data));
}

TEST(Compress, LeavesWhatDoesNotShrink) {
  ByteString room;
  EXPECT_FALSE(compress(as_bytes(noise(100'000, 4)), room));
  EXPECT_FALSE(compress(as_bytes(noise(4'000'000, 4)), room));
  ByteString mixed = noise(1'000'000, 4);  // with text here and there, a tenth of it
  for (std::size_t at = 50'000; at < mixed.size(); at += 200'000)
    mixed.replace(at, 20'000, ByteString(20'000, 'b'));
  const auto most = compress(as_bytes(mixed), room);
  ASSERT_TRUE(most);
  EXPECT_LT(most->size(), 910'000u);
  EXPECT_EQ(*decompress(*most, mixed.size()), mixed);
  const ByteString text(100'000, 'a');
  const auto small = compress(as_bytes(text), room);
  ASSERT_TRUE(small);
  EXPECT_EQ(*decompress(*small, text.size()), text);
  EXPECT_EQ(decompress(*small, text.size() - 1).error().code, Code::kCorrupt);
  EXPECT_EQ(decompress(*small, text.size() + 1).error().code, Code::kCorrupt);
}

TEST(Compress, TriesAsHardAsItIsTold) {
  ByteString room;
  ByteString text;
  for (int i = 0; i < 10'000; ++i) text += std::to_string(i) + " " + std::to_string(i * i) + "\n";
  EXPECT_FALSE(compress(as_bytes(text), room, Compression::kOff));
  const auto normal = compress(as_bytes(text), room, Compression::kNormal);
  ASSERT_TRUE(normal);
  const std::size_t normal_bytes = normal->size();
  const auto most = compress(as_bytes(text), room, Compression::kMaximum);
  ASSERT_TRUE(most);
  EXPECT_LT(most->size(), normal_bytes * 9 / 10);
  EXPECT_EQ(*decompress(*most, text.size()), text);
}

ByteString sealed(Bytes plain, const std::vector<ChunkId>& refs = {}) {
  const auto kind = refs.empty() ? ChunkKind::kData : ChunkKind::kNode;
  return *seal_chunk(kVault, kKeys, name_chunk(kKeys, kind, refs, plain), kind, refs, plain);
}

TEST(SealedChunk, ComesBackWithItsRefs) {
  const std::vector<ChunkId> refs{{{1, 2}}, {{1, 3}}};
  const ByteString record = sealed(as_bytes("a node"), refs);
  const auto chunk = open_record(kVault, kKeys, *decode_record(as_bytes(record)));
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->plain, "a node");
  EXPECT_EQ(chunk->refs, refs);
}

TEST(SealedChunk, IsNotMadeOfOtherBytesThanItsName) {
  const std::vector<ChunkId> refs{{{1, 2}}};
  const ByteString text(5'000, 'a'), other(5'000, 'b');  // as a flipped bit between naming and storing would
  for (const auto& [kind, of] :
       {std::pair(ChunkKind::kData, std::vector<ChunkId>()), {ChunkKind::kNode, refs}}) {
    const auto name = name_chunk(kKeys, kind, of, as_bytes(text));
    EXPECT_TRUE(seal_chunk(kVault, kKeys, name, kind, of, as_bytes(text)));
    EXPECT_EQ(seal_chunk(kVault, kKeys, name, kind, of, as_bytes(other)).error().code, Code::kInternal);
  }
  const auto name = name_chunk(kKeys, ChunkKind::kNode, refs, as_bytes(text));
  EXPECT_FALSE(seal_chunk(kVault, kKeys, name, ChunkKind::kNode, {{{{1, 3}}}}, as_bytes(text)));
}

TEST(SealedChunk, RefusesEveryFlippedByteAndEveryCut) {
  const ByteString good = sealed(as_bytes("some words"), {{{1, 2}}});
  for (std::size_t i = 0; i < good.size(); ++i) {
    ByteString bad = good;
    bad[i] ^= 1;
    EXPECT_FALSE(decode_record(as_bytes(bad))) << i;
    EXPECT_FALSE(decode_record(as_bytes(good).first(i))) << i;
    if (i >= good.size() - 8) continue;                                   // the checksum
    const std::uint64_t sum = xxh3(as_bytes(bad).first(bad.size() - 8));  // as an attacker would
    std::memcpy(bad.data() + bad.size() - 8, &sum, 8);
    const auto record = decode_record(as_bytes(bad));
    EXPECT_FALSE(record && open_record(kVault, kKeys, *record)) << i;
  }
}

TEST(SealedChunk, HidesExactLengthsAndDoesNotOpenElsewhere) {
  EXPECT_EQ(sealed(as_bytes(noise(100400, 5))).size(), sealed(as_bytes(noise(101000, 6))).size());
  const ByteString record = sealed(as_bytes("words"));
  EXPECT_FALSE(open_record(VaultId{{8}}, kKeys, *decode_record(as_bytes(record))));
  EXPECT_FALSE(
      open_record(kVault, derive_keys(kVault, SecretString("other")), *decode_record(as_bytes(record))));
}

TEST(ChunkId, DependsOnKindRefsContentAndKey) {
  const auto id = [](ChunkKind kind, std::vector<ChunkId> refs, const char* text) {
    return chunk_id(kKeys, kind, refs, as_bytes(text));
  };
  const auto a = id(ChunkKind::kData, {}, "x");
  EXPECT_EQ(a.bytes[0], 1);
  EXPECT_EQ(a, id(ChunkKind::kData, {}, "x"));
  EXPECT_NE(a, id(ChunkKind::kNode, {}, "x"));
  EXPECT_NE(a, id(ChunkKind::kData, {{{1}}}, "x"));
  EXPECT_NE(a, chunk_id(derive_keys(VaultId{{9}}, SecretString("m")), ChunkKind::kData, {}, as_bytes("x")));
}

TEST(Pack, RefusesEveryFlippedByteAndEveryCut) {
  PackBuilder builder(kVault, ChunkKind::kData);
  for (const char* text : {"one", "two", "three"})
    builder.add(chunk_id(kKeys, ChunkKind::kData, {}, as_bytes(text)), as_bytes(sealed(as_bytes(text))));
  const auto pack = builder.finish();
  ASSERT_TRUE(check_pack(kVault, pack.id, as_bytes(pack.bytes)));
  EXPECT_FALSE(check_pack(VaultId{{8}}, pack.id, as_bytes(pack.bytes)));
  for (std::size_t i = 0; i < pack.bytes.size(); ++i) {
    ByteString bad = pack.bytes;
    bad[i] ^= 1;
    EXPECT_FALSE(check_pack(kVault, pack.id, as_bytes(bad))) << i;
    EXPECT_FALSE(check_pack(kVault, PackId::of(sha256(as_bytes(bad))), as_bytes(bad))) << i;  // renamed too
    const Bytes cut = as_bytes(pack.bytes).first(i);
    EXPECT_FALSE(check_pack(kVault, PackId::of(sha256(cut)), cut)) << i;
  }
}

TEST(Tree, FindsEveryEntryFromAnywhere) {
  for (const int n : {0, 1, 2, 64, 1024, 20'000}) {
    Nodes nodes;
    const auto root = nodes.tree(n);
    EXPECT_EQ(root.entries, static_cast<std::uint64_t>(n));
    EXPECT_EQ(root.bytes, 10u * static_cast<std::uint64_t>(n));
    for (const int from : {0, n / 3, n - 1}) {
      int at = std::max(from, 0);
      ASSERT_TRUE(visit_tree(nodes, root, "key" + std::to_string(1'000'000 + at),
                             [&](const Entry& e) -> Result<bool> {
                               EXPECT_EQ(e.key, "key" + std::to_string(1'000'000 + at++));
                               return true;
                             }));
      EXPECT_EQ(at, std::max(n, std::max(from, 0)));
    }
  }
}

TEST(Tree, SharesAllNodesButThosePathsThatChanged) {
  Nodes nodes;
  const auto before = nodes.tree(20'000);
  nodes.added.clear();
  EXPECT_EQ(nodes.tree(20'000).id, before.id);
  EXPECT_TRUE(nodes.added.empty());
  EXPECT_NE(nodes.tree(20'000, 7'777).id, before.id);
  EXPECT_LE(nodes.added.size(), 4u);
  nodes.added.clear();
  nodes.tree(20'001);
  EXPECT_LE(nodes.added.size(), 5u);
}

TEST(Tree, RefusesKeysThatAreNotSorted) {
  Nodes nodes;
  TreeWriter w(nodes, kKeys.tree_cut);
  ASSERT_TRUE(w.add({"b", {}, {}}));
  EXPECT_EQ(w.add({"b", {}, {}}).error().code, Code::kInvalid);
  EXPECT_EQ(w.add({"a", {}, {}}).error().code, Code::kInvalid);
  EXPECT_EQ(w.add({std::string(1025, 'x'), {}, {}}).error().code, Code::kInvalid);
}

TEST(Tree, MayBeTheObjectOfAnEntry) {
  Nodes nodes;
  const auto below = nodes.tree(500);
  TreeWriter w(nodes, kKeys.tree_cut);
  ASSERT_TRUE(w.add({"a", {}, {}}));
  ASSERT_TRUE(w.add({"b", {}, tree_object(below)}));
  const auto root = *w.finish();
  EXPECT_EQ(root.bytes, below.bytes);
  TreeWriter::Root found;
  ASSERT_TRUE(visit_tree(nodes, root, "b", [&](const Entry& e) -> Result<bool> {
    TRY_ASSIGN(found, tree_of(e.object));
    return true;
  }));
  EXPECT_EQ(found.id, below.id);
  EXPECT_EQ(found.level, below.level);
  EXPECT_TRUE(tree_of(tree_object({}))->id.is_zero());
  EXPECT_EQ(tree_of({10, 1, below.id}).error().code, Code::kCorrupt);
  EXPECT_EQ(read_all(*open_object(nodes, tree_object(below)), 1 << 20).error().code, Code::kCorrupt);
}

TEST(Node, HasAnOffsetOnlyWhereAChunkIs) {
  Node leaf;
  leaf.entries = {{"part", {}, {10, 0, {{1}}, 70'000}}};
  EXPECT_EQ(decode_node(encode_node(leaf))->entries[0].object, leaf.entries[0].object);
  leaf.entries[0].object.depth = 1;
  EXPECT_EQ(decode_node(encode_node(leaf)).error().code, Code::kCorrupt);
}

TEST(Object, MayBeAPartOfAChunk) {
  Nodes nodes;
  const auto id = *nodes.put(ChunkKind::kData, {}, as_bytes("one two three"));
  EXPECT_EQ(*read_all(*open_object(nodes, {3, 0, id, 4}), 100), "two");
  EXPECT_EQ(*read_all(*open_object(nodes, {9, 0, id, 4}, 4), 100), "three");
  for (const ObjectRef& beyond : {ObjectRef{10, 0, id, 4}, ObjectRef{1, 0, id, 13}, ObjectRef{14, 0, id}})
    EXPECT_EQ(read_all(*open_object(nodes, beyond), 100).error().code, Code::kCorrupt);
}

TEST(Object, ReadsFromAnywhere) {
  Nodes nodes;
  const ByteString bytes = noise(3'000'000, 9);  // more chunks than one list holds
  const auto source = make_memory_source(as_bytes(bytes));
  const auto object = *write_object(*source, nodes, kKeys.cut, kSmall);
  EXPECT_EQ(object.size, bytes.size());
  EXPECT_EQ(object.depth, 2);
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{1}, bytes.size() / 2, bytes.size() - 1, bytes.size()}) {
    const auto all = read_all(*open_object(nodes, object, at), 1 << 30);
    ASSERT_TRUE(all);
    EXPECT_TRUE(*all == bytes.substr(at)) << at;
  }
  nodes.all.erase(object.id);
  EXPECT_EQ(read_all(*open_object(nodes, object), 1 << 30).error().code, Code::kNotFound);
}

TEST(Object, HasTheSameChunksForAStreamWhereverItStands) {
  Nodes nodes;
  const ByteString large = noise(40'000, 10);
  const auto write = [&](const std::vector<ByteString>& parts) {
    ObjectWriter object(nodes, kKeys.cut, kSmall);
    for (const auto& part : parts) EXPECT_TRUE(object.add(*make_memory_source(as_bytes(part))));
    return *object.finish();
  };
  const auto alone = write({large});
  nodes.added.clear();
  const auto between = write({"before", large, "", "behind"});
  EXPECT_EQ(nodes.added.size(), 3u);  // the other two parts and the list
  EXPECT_EQ(read_all(*open_object(nodes, between), 1 << 20).operator*(), "before" + large + "behind");
  EXPECT_EQ(alone.size + 12, between.size);
  EXPECT_EQ(write({}).depth, kEmptyObject);
}

}  // namespace
}  // namespace mk::vault
