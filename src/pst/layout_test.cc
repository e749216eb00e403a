#include "pst/layout.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/test_data.h"
#include "pst/copy.h"
#include "pst/part_writer.h"
#include "pst/portable_item.h"
#include "pst/random_items.h"
#include "pst/test_items.h"

namespace mk::pst {
namespace {

namespace pid = model::pid;

std::filesystem::path fresh(const std::string& name) {
  const auto dir = std::filesystem::path(testing::TempDir()) / "mk_layout_test" / name;
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  return dir / "a.pst";
}

model::PropertyList folder_named(const std::string& name) {
  model::PropertyList list;
  list.set_text(pid::kDisplayName, name);
  return list;
}

/// The file once more, from nothing but its layout and its items as anybody might have kept them.
Result<ByteString> written_again(const std::filesystem::path& path, std::uint32_t writer = kWriterVersion) {
  TRY_ASSIGN(const auto file, PstFile::open(path));
  TRY_ASSIGN(FileLayout layout, read_layout(*file));
  EXPECT_EQ(layout.writer, writer);
  auto places = written_items(*file, layout, [](const auto&, const Error& e) { ADD_FAILURE() << e.what; });
  const auto again = path.parent_path() / "again.pst";
  TRY_ASSIGN(const auto out, FileRewriter::create(again, layout, 2));
  const ByteString key = *layout.store.get_binary(pid::kRecordKey);
  for (auto& place : places) {
    std::vector<Nid> nodes;
    TRY_ASSIGN(model::Item item, read_placed_item(*file, place, nodes));
    nodes.insert(nodes.begin(), place.nid);
    const auto mark = make_portable(item, nodes, key);
    if (mark != 0) mark_subject(item, mark);
    TRY(out->add(place, std::move(item), [](Result<Nid> nid) { return nid ? Status(ok) : nid.error(); }));
  }
  TRY_ASSIGN(const auto partial, out->seal());
  auto bytes = read_file(partial, 1 << 30);
  std::filesystem::remove(partial);
  return bytes;
}

model::Item failing() { return nested(33); }

TEST(Layout, GivesTheBytesAgainWhateverTheOrderOfTheItemsWas) {
  const auto path = fresh("order");
  auto pst = *PstWriter::create(path, {.store_name = "Ä mailbox", .spill_directory = {}, .names = {}});
  const Nid inbox = *pst->add_folder(pst->ipm_subtree(), folder_named("Inbox"));
  pst->common_views();
  const Nid deep = *pst->add_folder(inbox, folder_named("A/B"));
  ASSERT_TRUE(pst->set_properties(pst->deleted_items(), folder_named("Papierkorb")));
  RandomItems items;
  for (int i = 0; i < 120; ++i) {
    const Nid folder = i % 3 == 0 ? inbox : i % 3 == 1 ? deep : pst->deleted_items();
    ASSERT_TRUE(pst->add_item(folder, items.next(), i % 5 == 0));
    ASSERT_TRUE(pst->add_item(folder, nested(i % 3), false));  // without search keys
    ASSERT_EQ(static_cast<bool>(pst->add_item(folder, i % 2 == 0 ? failing() : note("x"), i % 4 == 0)),
              i % 2 != 0);
    ASSERT_TRUE(i % 50 != 0 || pst->add_folder(deep, folder_named("late")));
  }
  ASSERT_TRUE(pst->finish());
  const auto again = written_again(path);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_TRUE(*again == *read_file(path, 1 << 30));
}

TEST(Layout, GivesTheBytesOfEachPartAgain) {
  const auto path = fresh("parts");
  auto parts =
      *PartWriter::create(path, {.writer = {}, .max_bytes = 1'000'000, .label = "", .replace = false});
  const Nid inbox = *parts->add_folder(parts->ipm_subtree(), folder_named("Inbox"));
  RandomItems items;
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(parts->add_item(inbox, items.next(), i % 9 == 0));
  ASSERT_TRUE(parts->publish());
  ASSERT_GT(parts->parts().size(), 2u);
  for (const auto& part : parts->parts()) {
    SCOPED_TRACE(part.path);
    const auto again = written_again(part.path);
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_TRUE(*again == *read_file(part.path, 1 << 30));
  }
}

TEST(Layout, KnowsAFileOfAnotherOriginAndCopiesIt) {
  const auto path = npm_data("pst-extractor/example/testdata/enron.pst");
  if (path.empty()) GTEST_SKIP() << "npm's pst-extractor is not installed";
  const auto foreign = fresh("foreign"), own = foreign.parent_path() / "own.pst";
  std::filesystem::create_symlink(path, foreign);
  const auto copied = written_again(foreign, 0);
  ASSERT_TRUE(copied) << copied.error().what;
  const auto file = *PstFile::open(foreign);
  ASSERT_TRUE(copy_pst(*file, own));
  const auto again = written_again(own);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_TRUE(*again == *read_file(own, 1 << 30));
}

TEST(Layout, TakesFoldersThatAreNotThereAndIdsThatAreTooHighForDamage) {
  FileLayout layout;
  layout.writer = kWriterVersion;
  layout.folders.push_back({Nid(0x122), Nid(0x122), FolderRole::kRoot, {}});
  const auto path = fresh("damage");
  auto out = *FileRewriter::create(path, layout, 0);
  const auto hear = [](Result<Nid> nid) { return nid ? Status(ok) : nid.error(); };
  EXPECT_EQ(out->add({Nid(0x200024), 1, {}}, note("x"), hear).error().code, Code::kCorrupt);
  EXPECT_EQ(out->add({Nid(0xFFFFFFE4), 0, {}}, note("x"), hear).error().code, Code::kInvalid);
  EXPECT_TRUE(out->add({Nid(0x200024), 0, {}}, note("x"), hear));
}

TEST(PortableItem, IsTheSameWhereverTheItemLies) {
  const auto stored = [](bool is_second, std::vector<std::uint32_t> order) {
    const auto path = fresh("portable");
    auto pst = *PstWriter::create(path, {});
    model::Item item = nested(2);
    for (const auto n : order)
      item.properties.add({model::PropTag(0x8000, model::PropType::kBoolean),
                           model::lid_name(model::pset::kTask, n),
                           model::Value::of_bytes(ByteString(2, '\1')), false});
    EXPECT_TRUE(!is_second || pst->add_item(pst->ipm_subtree(), note("first"), false));
    const Nid nid = *pst->add_item(pst->ipm_subtree(), item, false);
    EXPECT_TRUE(pst->finish());
    const auto file = *PstFile::open(path);
    std::vector<Nid> nodes;
    auto read = *file->read_item(nid, nullptr, &nodes);
    nodes.insert(nodes.begin(), nid);
    EXPECT_EQ(make_portable(read, nodes, *file->store_properties().get_binary(pid::kRecordKey)), 0);
    EXPECT_EQ(read.properties.get_text(pid::kSubject), "level 2");
    EXPECT_EQ(read.properties.find(pid::kSearchKey), nullptr);
    EXPECT_EQ(read.attachments[0].embedded->properties.find(pid::kSearchKey), nullptr);
    ByteString all;
    for (const auto& p : read.properties)
      all += le_bytes(p.tag.value) + ByteString(as_chars(p.value.bytes()));
    return all + *model::content_hash(read);
  };
  EXPECT_TRUE(stored(false, {7, 3}) == stored(true, {3, 7}));
}

TEST(PortableItem, KeepsAMarkThatTheWriterWouldNotMake) {
  model::Item item = note("RE: hello");
  model::Item odd = note("RE: hello");
  const std::vector<Nid> nodes{Nid(0x200024)};
  mark_subject(odd, 1);  // no prefix, for whatever reason
  EXPECT_EQ(make_portable(odd, nodes, ByteString(16, 'k')), 1);
  EXPECT_EQ(odd.properties.get_text(pid::kSubject), "RE: hello");
  mark_subject(item, 5);
  EXPECT_EQ(make_portable(item, nodes, ByteString(16, 'k')), 0);
}

/// Who changes what the writer writes raises kWriterVersion: files in vaults are written again by it.
TEST(Writer, GivesTheBytesOfItsVersion) {
  const auto path = fresh("version");
  auto pst = *PstWriter::create(path, {});
  RandomItems items;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(pst->add_item(pst->ipm_subtree(), items.next(), i % 4 == 0));
  ASSERT_TRUE(pst->add_item(pst->deleted_items(), nested(3), false));
  ASSERT_TRUE(pst->finish());
  ASSERT_EQ(kWriterVersion, 1u);
  EXPECT_EQ(to_hex(sha256(as_bytes(*read_file(path, 1 << 30)))),
            "ee22fbaa2f6905c392ca748860a1139d7f8f74daf9cca9efd17283f61b061e3d");
}

}  // namespace
}  // namespace mk::pst
