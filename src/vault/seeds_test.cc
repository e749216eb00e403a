// Keeps the seeds of the fuzzers true: with MK_WRITE_SEEDS set it writes them, else each must still be read.
#include <cstdlib>

#include "base/file.h"
#include "vault/fixture_test.h"
#include "vault/index_file.h"
#include "vault/local_store.h"
#include "vault/temporary_test.h"

namespace mk::vault {
namespace {

const std::filesystem::path kCorpus = std::filesystem::path(MK_SOURCE_DIR) / "fuzz/corpus";
const Keys kKeys = derive_keys(VaultId{}, SecretString("fuzz"));

ByteString seed(const std::string& fuzzer, const std::function<ByteString()>& make) {
  const auto path = kCorpus / fuzzer / "mailkeep.bin";
  if (std::getenv("MK_WRITE_SEEDS") != nullptr) {
    EXPECT_TRUE(mk::create_directories(path.parent_path()));
    EXPECT_TRUE(write_file_atomically(path, as_bytes(make())));
  }
  const auto bytes = read_file(path);
  EXPECT_TRUE(bytes);
  return bytes ? *bytes : ByteString();
}

ByteString make_record(ChunkKind kind, const std::vector<ChunkId>& refs, std::string_view plain) {
  const auto id = chunk_id(kKeys, kind, refs, as_bytes(plain));
  return *seal_chunk(VaultId{}, kKeys, id, kind, refs, as_bytes(plain));
}

TEST(Seeds, OfRecordsArePlainToRead) {
  const auto bytes = seed("vault_record_fuzz", [] {
    return "\x01" + make_record(ChunkKind::kNode, {{{1}}, {{2}}}, ByteString(500, 'a'));
  });
  const auto record = decode_record(as_bytes(bytes).subspan(1));
  ASSERT_TRUE(record);
  EXPECT_TRUE(open_record(VaultId{}, kKeys, *record));
}

TEST(Seeds, OfPacksArePlainToRead) {
  const auto bytes = seed("vault_pack_fuzz", [] {
    PackBuilder builder(VaultId{}, ChunkKind::kData);
    for (const std::string text : {"one", "two"})
      builder.add(chunk_id(kKeys, ChunkKind::kData, {}, as_bytes(text)),
                  as_bytes(make_record(ChunkKind::kData, {}, text)));
    return builder.finish().bytes;
  });
  EXPECT_TRUE(check_pack(VaultId{}, PackId::of(sha256(as_bytes(bytes))), as_bytes(bytes)));
}

TEST(Seeds, OfNodesArePlainToRead) {
  const auto bytes = seed("vault_node_fuzz", [] {
    Node leaf;
    leaf.entries = {{"key", "attributes", {10, 0, {{1}}}}, {"kez", "", {}}};
    return ByteString("\x01\0", 2) + encode_node(leaf).plain;
  });
  Chunk chunk{ChunkKind::kNode, {ChunkId{}}, bytes.substr(2)};
  EXPECT_TRUE(decode_node(chunk));
}

TEST(Seeds, OfLogRecordsArePlainToRead) {
  const auto bytes = seed("vault_log_fuzz", [] {
    return encode_log_record(LogHead{}, std::vector<PackId>{{{1}}, {{2}}}, {1, 2, 3, "name"}, kKeys);
  });
  EXPECT_EQ(decode_log_record(as_bytes(bytes), &kKeys)->facts->name, "name");
}

TEST(Seeds, OfIndexFilesArePlainToRead) {
  const auto bytes = seed("vault_index_fuzz", [] {
    const TemporaryDirectory dir;
    const IndexPack pack{PackId{{7}}, ChunkKind::kData, {}, 500};
    const std::array<std::uint32_t, 1> numbers{0};
    const std::array<IndexRow, 2> rows{IndexRow{ChunkId{{1}}, 0, 32, 100},
                                       IndexRow{ChunkId{{2}}, 0, 132, 50}};
    EXPECT_TRUE(IndexFile::write(dir.path / "index", VaultId{}, {{&pack, 1}, numbers, rows, {}}));
    return *read_file(dir.path / "index");
  });
  EXPECT_EQ(decode_index(as_bytes(bytes), VaultId{})->rows.size(), 2u);
}

/// A vault of format version 1 as an earlier mailkeep wrote it: it must stay readable.
TEST(Golden, Version1IsStillRead) {
  const auto dir = std::filesystem::path(MK_SOURCE_DIR) / "src/vault/testdata/version1";
  const Objects objects{{"empty", ""}, {"folder/mail", "the first mail"}, {"large", noise(3000, 1)}};
  if (std::getenv("MK_WRITE_SEEDS") != nullptr && !std::filesystem::exists(dir)) {
    const auto store = make_local_store(dir);
    init_vault(*store);
    ASSERT_TRUE(add_key(*store, *read_vault_header(*store), SecretString(ByteString(32, 'm')),
                        {SlotKind::kPassword, SecretString("golden")}, "password", FileTime{2}));
    ASSERT_TRUE(put_objects(*store, objects, "golden"));
    std::filesystem::remove(dir / "tmp");
  }
  const auto store = make_local_store(dir);
  EXPECT_TRUE(unlock(*store, *read_vault_header(*store), {SlotKind::kPassword, SecretString("golden")}));
  EXPECT_THAT(check_vault(*store, true).damage, testing::IsEmpty());
  EXPECT_TRUE(get_objects(*store, "golden") == objects);
}

}  // namespace
}  // namespace mk::vault
