// Keeps the seeds of the fuzzers and the golden vault true: with MK_WRITE_SEEDS set it writes them, else each
// must still be read.
#include <cstdlib>

#include "archive/compare.h"
#include "archive/fixture_test.h"
#include "archive/point_names.h"
#include "base/file.h"
#include "vault/local_store.h"

namespace mk::archive {
namespace {

const std::filesystem::path kSource(MK_SOURCE_DIR);

ByteString seed(const std::string& path, const std::function<ByteString()>& make) {
  const auto file = kSource / "fuzz/corpus" / path;
  if (std::getenv("MK_WRITE_SEEDS") != nullptr) {
    EXPECT_TRUE(mk::create_directories(file.parent_path()));
    EXPECT_TRUE(write_file_atomically(file, as_bytes(make())));
  }
  const auto bytes = read_file(file);
  EXPECT_TRUE(bytes);
  return bytes ? *bytes : ByteString();
}

TEST(Seeds, OfRecordsArePlainToRead) {
  const PointRecord point{PointKind::kFull, "alice", "monday", {1}, {2}, 3};
  const auto of_point =
      seed("archive_records_fuzz/point.bin", [&] { return ByteString(1, '\0') + *encode(point); });
  EXPECT_TRUE(decode_point(as_bytes(of_point).subspan(1)));
  FolderRecord folder;
  folder.folder.id.value = "F1", folder.folder.name = "Inbox", folder.state.value = "state";
  const auto of_folder =
      seed("archive_records_fuzz/folder.bin", [&] { return ByteString(1, '\1') + *encode(folder); });
  EXPECT_EQ(decode_folder(as_bytes(of_folder).subspan(1))->folder.name, "Inbox");
  ItemRecord item;
  item.head.id.value = "I1", item.label.subject = "hello", item.stream.object = {9, 0, {{1}}};
  const auto of_item =
      seed("archive_records_fuzz/item.bin", [&] { return ByteString(1, '\2') + *encode(item); });
  EXPECT_EQ(decode_item(as_bytes(of_item).subspan(1), {})->label.subject, "hello");
  const auto of_stream = seed("archive_records_fuzz/stream.bin",
                              [&] { return ByteString(1, '\3') + format_stream(item.stream); });
  EXPECT_TRUE(parse_stream(of_stream.substr(1)));
}

TEST(Seeds, OfPstFilesArePlainToRead) {
  const auto of_pst =
      seed("archive_records_fuzz/pst.bin", [] { return ByteString(1, '\4') + *encode(sample_pst()); });
  EXPECT_EQ(decode_pst(as_bytes(of_pst).subspan(1))->file, "alice.pst");
  const auto of_layout =
      seed("archive_records_fuzz/layout.bin", [] { return ByteString(1, '\5') + *encode(sample_layout()); });
  EXPECT_EQ(decode_layout(as_bytes(of_layout).subspan(1), 1)->folders.size(), 2u);
  const auto of_item = seed("archive_records_fuzz/pst_item.bin", [] {
    ByteString out(1, '\6');
    encode_to(out, sample_pst_item());
    return out;
  });
  EXPECT_EQ(decode_pst_item(as_bytes(of_item).subspan(1))->mark, 5);
}

TEST(Seeds, OfStreamsArePlainToRead) {
  const auto bytes = seed("archive_stream_fuzz/mailkeep.bin", [] {
    Nodes nodes;
    const ByteString item = exported("hello", {ByteString(50'000, 'a')});
    const auto stored = *write_item_stream(*make_memory_blob(item), nodes, kKeys.cut);
    return le_bytes(stored.bytes) + *read_all(*vault::open_object(nodes, stored.object), 1 << 20);
  });
  Nodes nodes;
  StoredStream stored;
  stored.object = *vault::write_object(*make_memory_source(as_bytes(bytes).subspan(8)), nodes, kKeys.cut);
  stored.bytes = load_le<std::uint64_t>(bytes.data());
  stored.sha256 = sha256(as_bytes(exported("hello", {ByteString(50'000, 'a')})));
  ByteString back;
  StringSink sink(back);
  EXPECT_TRUE(read_item_stream(nodes, stored, sink));
}

const ByteString kFirstMail = exported("the first mail", {noise(40'000, 1)});

void fill(Mailbox& mailbox) {
  mailbox.add_folder("F1", "Inbox");
  mailbox.add_folder("F2", "A/B");
  mailbox.folders["F2"].state.value = ByteString(5'000, 's');
  mailbox.add_item("F1", "I1", kFirstMail);
  auto& second = mailbox.add_item("F2", "I2", exported("the second"));
  second.head.read = true;
  second.label.sender = "Zoë";
}

void expect_filled(vault::ChunkSource& chunks, const vault::TreeWriter::Root& root) {
  const auto point = *RestorePoint::open(chunks, root);
  EXPECT_EQ(point->folders()[1].state.value.size(), 5'000u);
  const auto second = *point->find({"F2"}, {"I2"});
  EXPECT_TRUE(second->head.read);
  EXPECT_EQ(second->label.sender, "Zoë");
  const auto read = [&](const ItemRecord& item) {
    ByteString bytes;
    StringSink sink(bytes);
    EXPECT_TRUE(point->read(item, sink));
    return bytes;
  };
  EXPECT_TRUE(read(**point->find({"F1"}, {"I1"})) == kFirstMail);
  EXPECT_TRUE(read(*second) == exported("the second"));
  int n = 0;
  EXPECT_TRUE(point->for_each_item([&](std::size_t, const ItemRecord&) -> Status { return ++n, ok; }));
  EXPECT_EQ(n, 2);
}

/// A copy of a golden vault, since a session leaves records in the log.
std::unique_ptr<vault::Store> copy_of(const std::filesystem::path& dir) {
  return vault::store_of(vault::contents(*vault::make_local_store(dir)));
}

/// A mailbox of archive format version 1, all in one tree and no groups, as an earlier mailkeep wrote it: it
/// must stay readable, and points are built on it and compared with it.
TEST(Golden, Version1IsStillReadAndBuiltOn) {
  const auto store = copy_of(kSource / "src/archive/testdata/version1");
  const auto vault = *vault::Vault::open(*store, vault::test_key());
  const auto before = mail_points(vault->points()).at(0).point.root;
  expect_filled(*vault, before);
  vault::Session session(*vault);
  Mailbox again(session, vault->keys());
  fill(again);
  again.items[{"F1", "I1"}].head.change_key.value = "version 2";
  ASSERT_TRUE(session.commit(point_name("alice", "tuesday"), again.write(), FileTime{4}));
  const auto after = mail_points(vault->points()).at(1).point.root;
  ASSERT_TRUE(vault->refresh());
  const auto a = *RestorePoint::open(*vault, before), b = *RestorePoint::open(*vault, after);
  EXPECT_FALSE(a->record().items_apart);
  EXPECT_TRUE(b->record().items_apart);
  std::vector<std::string> changed;
  ASSERT_TRUE(compare_points(*vault, *a, *b, [&](const Difference& d) -> Status {
    return changed.push_back(d.item.head.id.value), ok;
  }));
  EXPECT_NE(std::ranges::find(changed, "I1"), changed.end());
}

/// A mailbox of archive format version 2: it must stay readable, and is written in the same way again.
TEST(Golden, Version2IsStillReadAndWritten) {
  const auto dir = kSource / "src/archive/testdata/version2";
  if (std::getenv("MK_WRITE_SEEDS") != nullptr && !std::filesystem::exists(dir)) {
    const auto store = vault::make_local_store(dir);
    vault::init_vault(*store);
    const auto vault = *vault::Vault::open(*store, vault::test_key());
    vault::Session session(*vault);
    Mailbox mailbox(session, vault->keys());
    fill(mailbox);
    ASSERT_TRUE(session.commit(point_name("alice", "monday"), mailbox.write(), FileTime{3}));
    std::filesystem::remove(dir / "tmp");
  }
  const auto store = copy_of(dir);
  const auto vault = *vault::Vault::open(*store, vault::test_key());
  const auto points = mail_points(vault->points());
  ASSERT_EQ(points.size(), 1u);
  expect_filled(*vault, points[0].point.root);
  vault::Session session(*vault);
  Mailbox again(session, vault->keys());
  fill(again);
  EXPECT_EQ(again.write().id, points[0].point.root.id);
  EXPECT_EQ(session.counts().new_chunks, 0u);
}

}  // namespace
}  // namespace mk::archive
