// Keeps the seeds of the fuzzers true: with MK_WRITE_SEEDS set it writes them, else each must still be read.
#include <cstdlib>

#include "base/file.h"
#include "vault/fixture_test.h"
#include "vault/index_file.h"
#include "vault/local_store.h"
#include "vault/log_chain.h"
#include "vault/mended.h"
#include "vault/temporary_test.h"

namespace mk::vault {
namespace {

const std::filesystem::path kCorpus = std::filesystem::path(MK_SOURCE_DIR) / "fuzz/corpus";
const Keys kKeys = derive_keys(VaultId{}, SecretString("fuzz"));
const std::array<Keys, 3> kTechniques{
    kKeys, derive_keys(VaultId{}, {SecretString("fuzz"), {Cipher::kBlowfish, 448}}),
    derive_keys(VaultId{}, {SecretString("fuzz"), {Cipher::kTripleDes, 0}})};

ByteString seed(const std::string& fuzzer, const std::function<ByteString()>& make,
                const std::string& name = "mailkeep") {
  const auto path = kCorpus / fuzzer / (name + ".bin");
  if (std::getenv("MK_WRITE_SEEDS") != nullptr) {
    EXPECT_TRUE(mk::create_directories(path.parent_path()));
    EXPECT_TRUE(write_file_atomically(path, as_bytes(make())));
  }
  const auto bytes = read_file(path);
  EXPECT_TRUE(bytes);
  return bytes ? *bytes : ByteString();
}

ByteString make_record(ChunkKind kind, const std::vector<ChunkId>& refs, std::string_view plain,
                       const Keys& keys = kKeys) {
  const auto name = name_chunk(keys, kind, refs, as_bytes(plain));
  return *seal_chunk(VaultId{}, keys, name, kind, refs, as_bytes(plain));
}

TEST(Seeds, OfRecordsArePlainToRead) {
  for (const Keys& keys : kTechniques) {
    const char number = static_cast<char>(keys.technique.cipher);
    const auto make = [&] {
      const char first = static_cast<char>(1 + 2 * number);  // as the fuzzer takes it
      return first + make_record(ChunkKind::kNode, {{{1}}, {{2}}}, ByteString(500, 'a'), keys);
    };
    const auto bytes =
        seed("vault_record_fuzz", make, number == 0 ? "mailkeep" : "legacy" + std::to_string(number));
    const auto record = decode_record(as_bytes(bytes).subspan(1));
    ASSERT_TRUE(record);
    EXPECT_TRUE(open_record(VaultId{}, keys, *record));
  }
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
  ByteString bad = bytes;
  bad[wire_size<PackHeader>() + wire_size<RecordHead>()] ^= 1;
  bad[bad.size() - wire_size<PackTrailer>() - 1] ^= 1;
  EXPECT_EQ(decode_pack_index(as_bytes(bad)).error().code, Code::kCorrupt);
  bad[bad.size() - wire_size<PackTrailer>() - 1] ^= 1;
  EXPECT_EQ(mended_pack(bytes), bytes);
  EXPECT_TRUE(
      check_pack(VaultId{}, PackId::of(sha256(as_bytes(mended_pack(bad)))), as_bytes(mended_pack(bad))));
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
  for (const char* name : {"mailkeep", "legacy1"}) {
    const Keys& keys = kTechniques[name == std::string_view("legacy1") ? 1 : 0];
    const auto make = [&] {
      return encode_log_record(LogHead{}, std::vector<PackId>{{{1}}, {{2}}}, {1, 2, 3, "name"}, keys);
    };
    const auto bytes = seed("vault_log_fuzz", make, name);
    EXPECT_EQ(decode_log_record(as_bytes(bytes), &keys)->facts->name, "name");
  }
}

TEST(Seeds, OfLogRecordsWithThePlaintextInsideAreSealedAndRead) {
  const auto bytes = seed(
      "vault_log_fuzz",
      [] { return with_plain<LogHead>(encode_log_record(LogHead{}, {}, {1, 2, 3, "name"}, kKeys), kKeys); },
      "mailkeep-plain");
  const auto record = decode_log_record(as_bytes(sealed_anew<LogHead>(bytes, kKeys)), &kKeys);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->facts->name, "name");
}

LogState small_state() {
  LogState::Parts parts;
  parts.head = {{1030}, {{7}}}, parts.horizon = {9}, parts.lock_days = 30, parts.milestones = {{{8}}};
  parts.packs[PackId{{1}}] = {PackState::Is::kDropped, true, {5}, {4}, {3}, {}};
  parts.packs[PackId{{2}}] = {PackState::Is::kLive, true, {6}, {}, {}, {100}};
  parts.sessions[{1029}] = {{1028}, FileTime{77}};
  parts.points[{1030}] = {{1030}, {66}, "name", {{{1, 2}}, 1, 2, 3}};
  return LogState(std::move(parts));
}

TEST(Seeds, OfCheckpointsArePlainToRead) {
  for (const char* name : {"checkpoint", "checkpoint-legacy"}) {
    const Keys& keys = kTechniques[name == std::string_view("checkpoint") ? 0 : 1];
    const auto make = [&] { return encode_checkpoint(VaultId{}, keys, small_state(), {123}); };
    const auto bytes = seed("vault_log_fuzz", make, name);
    const auto read = decode_checkpoint(as_bytes(bytes), VaultId{}, &keys);
    ASSERT_TRUE(read);
    EXPECT_TRUE(equal(read->state, small_state()));
    EXPECT_EQ(read->state.points().at(0).name, "name");
    EXPECT_EQ(read->state.points().at(0).root.entries, 2u);
    EXPECT_EQ(read->locked_until.ticks, 123u);
  }
}

TEST(Seeds, OfCheckpointsWithThePlaintextInsideAreSealedAndRead) {
  const auto make = [] {
    return with_plain<CheckpointHead>(encode_checkpoint(VaultId{}, kKeys, small_state(), {123}), kKeys);
  };
  const auto bytes = seed("vault_log_fuzz", make, "checkpoint-plain");
  const auto read = decode_checkpoint(as_bytes(sealed_anew<CheckpointHead>(bytes, kKeys)), VaultId{}, &kKeys);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->state.points().at(0).name, "name");
}

TEST(Seeds, OfKeySlotsArePlainToRead) {
  const MasterKey master(SecretString(ByteString(32, 'm')), kTechniques[1].technique);
  const auto bytes = seed(
      "vault_log_fuzz", [&] { return wrap_key(VaultId{}, master, test_key(), "slot", 1)->bytes; }, "slot");
  EXPECT_EQ(decode_slot(as_bytes(bytes))->fields.technique, master.technique);
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

/// Vaults as an earlier mailkeep wrote them: they must stay readable.
void read_golden(const std::string& name, const Technique& technique, const Unlock& key) {
  SCOPED_TRACE(name);
  const auto dir = std::filesystem::path(MK_SOURCE_DIR) / "src/vault/testdata" / name;
  const Objects objects{{"empty", ""}, {"folder/mail", "the first mail"}, {"large", noise(3000, 1)}};
  if (std::getenv("MK_WRITE_SEEDS") != nullptr && !std::filesystem::exists(dir)) {
    const auto store = make_local_store(dir);
    init_vault(*store, technique);
    ASSERT_TRUE(
        add_key(*store, *read_vault_header(*store), test_master(technique), key, "second", FileTime{2}));
    ASSERT_TRUE(put_objects(*store, objects, "golden"));
    std::filesystem::remove(dir / "tmp");
  }
  const auto store = make_local_store(dir);
  ASSERT_TRUE(std::filesystem::exists(dir));
  EXPECT_EQ(unlock(*store, *read_vault_header(*store), key)->master.technique, technique);
  EXPECT_THAT(check_vault(*store, true).damage, testing::IsEmpty());
  EXPECT_TRUE(get_objects(*store, "golden") == objects);
}

TEST(Golden, VaultsOfAllVersionsAreStillRead) {
  const Unlock password{SlotKind::kPassword, SecretString("golden")};
  read_golden("version1", {}, password);
  read_golden("version2-blowfish", {Cipher::kBlowfish, 448}, password);
  read_golden("version2-triple-des", {Cipher::kTripleDes, 0}, password);
}

/// A log with a lock and a checkpoint, also where nothing is left of the records that the checkpoint stands
/// for.
TEST(Golden, AVaultWithALockAndACheckpointIsStillRead) {
  const auto dir = std::filesystem::path(MK_SOURCE_DIR) / "src/vault/testdata/version1-locked";
  const Objects objects{{"folder/mail", "the first mail"}, {"large", noise(3000, 1)}};
  if (std::getenv("MK_WRITE_SEEDS") != nullptr && !std::filesystem::exists(dir)) {
    const auto made = make_memory_store(&system_clock());
    init_vault(*made);
    ASSERT_TRUE(set_lock(**Vault::open(*made, test_key()), 30, FileTime{2}));
    ASSERT_TRUE(put_objects(*made, objects, "golden"));
    const auto vault = *Vault::open(*made, test_key());
    LogChain log(*made, vault->id(), &vault->keys());
    ASSERT_TRUE(log.read() && log.put_checkpoint(FileTime{3}));
    const auto store = make_local_store(dir);
    for (const auto& [name, bytes] : contents(*made)) ASSERT_TRUE(store->put(name, as_bytes(bytes)));
    std::filesystem::remove(dir / "tmp");
  }
  auto all = contents(*make_local_store(dir));
  ASSERT_TRUE(all.contains(checkpoint_name({3})));
  EXPECT_THAT(check_vault(*store_of(all), true).damage, testing::IsEmpty());
  for (const std::uint64_t number : {1u, 2u, 3u}) all.erase(log_name({number}));
  EXPECT_EQ(get_objects(*store_of(all), "golden"), objects);
  EXPECT_EQ((*Vault::open(*store_of(all), test_key()))->state().lock_days(), 30u);
}

TEST(Golden, AVaultWithoutEncryptionIsStillRead) {
  const auto dir = std::filesystem::path(MK_SOURCE_DIR) / "src/vault/testdata/version2-clear";
  const auto store = make_local_store(dir);
  const Unlock nothing{SlotKind::kClear, {}};
  if (std::getenv("MK_WRITE_SEEDS") != nullptr && !std::filesystem::exists(dir)) {
    ASSERT_TRUE(create_vault(*store, test_master(), nothing, "clear", FileTime{1}));
    std::filesystem::remove(dir / "tmp");
  }
  ASSERT_TRUE(std::filesystem::exists(dir));
  EXPECT_EQ(unlock(*store, *read_vault_header(*store), nothing)->master.secret.reveal(), ByteString(32, 'm'));
}

}  // namespace
}  // namespace mk::vault
