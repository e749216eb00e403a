#include "job/pst_put.h"

#include "base/file.h"
#include "job/pst_fixture_test.h"
#include "job/state_export.h"
#include "mapi/item_writer.h"
#include "pst/random_items.h"
#include "pst/test_items.h"
#include "pst/writer.h"

namespace mk::job {
namespace {

class PstPutTest : public PstTest {
 protected:
  static model::PropertyList named(const std::string& name) {
    model::PropertyList list;
    list.set_text(model::pid::kDisplayName, name);
    return list;
  }

  /// A mailbox of which every `changed`-th item has changed (0: none), behind a new one when `shifted`.
  std::filesystem::path write(const std::string& name, int n, int changed = 0, bool shifted = false) {
    auto pst = *pst::PstWriter::create(file(name), {});
    const pst::Nid box = *pst->add_folder(pst->ipm_subtree(), named("Inbox"));
    const pst::Nid views = *pst->add_folder(box, named("A/B"));
    EXPECT_TRUE(!shifted || pst->add_item(box, pst::note("a new one"), false));
    std::mt19937 random(7);
    for (int i = 0; i < n; ++i) {
      ByteString noise(20'000, '\0');
      for (char& c : noise) c = static_cast<char>(random());
      model::Item item = i % 10 == 0 ? pst::nested(2) : pst::note("mail " + std::to_string(i));
      if (changed > 0 && i % changed == 0) noise[100] ^= 1;
      item.properties.set_binary(0x1013, noise);
      EXPECT_TRUE(pst->add_item(i % 7 == 0 ? views : box, item, i % 7 == 0));
    }
    EXPECT_TRUE(pst->finish());
    return file(name);
  }
  Result<PutReport> put(std::vector<std::filesystem::path> files, const std::string& name,
                        bool exact = false) {
    TRY_ASSIGN(const auto opened, open_vault());
    VaultPlace place(*opened, directory.path() / "put work");
    PutOptions o;
    o.files = std::move(files);
    o.name = name;
    o.keep_bytes = exact;
    o.clock = &clock;
    return put_psts(place, o);
  }
};

TEST_F(PstPutTest, GivesTheSameBytesWhateverTheItemsAre) {
  auto pst = *pst::PstWriter::create(file("a.pst"), {});
  pst::RandomItems random;
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(pst->add_item(pst->ipm_subtree(), random.next(), i % 6 == 0));
  ASSERT_TRUE(pst->finish());
  const auto done = put({file("a.pst")}, "a");
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(done->psts[0].kept, archive::PstKept::kRegenerated);
  const auto back = get("pst:a", 0, file("b.pst"));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_TRUE(back->is_original);
  EXPECT_TRUE(bytes_of(file("b.pst")) == bytes_of(file("a.pst")));
}

TEST_F(PstPutTest, ASecondExportCostsWhatIsNew) {
  ASSERT_TRUE(put({write("a.pst", 300)}, "a"));
  const auto before = vault_bytes(), size = std::filesystem::file_size(file("a.pst"));
  ASSERT_TRUE(put({file("a.pst")}, "a"));
  EXPECT_LE(vault_bytes() - before, size / 200);
  const auto twice = vault_bytes();
  const auto changed = put({write("c.pst", 300, 100, true)}, "a");  // 1 %
  ASSERT_TRUE(changed) << changed.error().what;
  EXPECT_EQ(changed->psts[0].kept, archive::PstKept::kRegenerated);
  EXPECT_LE(vault_bytes() - twice, size / 50);
  ASSERT_TRUE(get("pst:a", 0, file("b.pst")));
  EXPECT_TRUE(bytes_of(file("b.pst")) == bytes_of(file("c.pst")));
  expect_sound();
}

TEST_F(PstPutTest, AFileThatWasChangedComesBackWithEqualContentOrItsBytes) {
  const auto path = write("a.pst", 20);
  {
    auto opened = *File::open(path, File::Mode::kReadWrite);
    ASSERT_TRUE(opened.write_at(0x4200 + 8, as_bytes("x")));  // in the DList, which nobody reads
  }
  const auto done = put({path}, "a");
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(done->psts[0].kept, archive::PstKept::kContent);
  const auto back = get("pst:a", 0, file("b.pst"));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_FALSE(back->is_original);
  EXPECT_EQ(back->items, 20u);
  EXPECT_EQ(put({path}, "exact", true)->psts[0].kept, archive::PstKept::kBytes);
  ASSERT_TRUE(get("pst:exact", 0, file("c.pst")));
  EXPECT_TRUE(bytes_of(file("c.pst")) == bytes_of(path));
  expect_sound();
}

TEST_F(PstPutTest, RefusesTwoFilesOfOneNameAndWhatIsNoPst) {
  const auto path = write("a.pst", 3);
  EXPECT_EQ(put({path, path}, "a").error().code, Code::kInvalid);
  ASSERT_TRUE(write_file_atomically(file("b.pst"), as_bytes("no PST")));
  EXPECT_FALSE(put({path, file("b.pst")}, "a"));
  EXPECT_TRUE((*open_vault())->points().empty());
}

/// A mailkeep of another day: what a record says of another version is not held against this one.
TEST_F(PstPutTest, AFileOfAnotherWriterIsNeverSaidToBeTheSame) {
  ASSERT_TRUE(put({write("a.pst", 20)}, "a"));
  const auto opened = *open_vault();
  const auto root = opened->points().back().root;
  const auto point = *archive::RestorePoint::open(*opened, root);
  auto pst = archive::stored_psts(*opened, root)->at(0);
  pst.record.sha256 = sha256(as_bytes("other bytes"));
  const auto same_version = get_pst(*opened, *point, pst, file("b.pst"));
  ASSERT_FALSE(same_version);
  EXPECT_EQ(same_version.error().code, Code::kCorrupt);
  EXPECT_FALSE(std::filesystem::exists(file("b.pst.partial")));
  pst.record.writer = pst::kWriterVersion + 1;
  const auto other_version = get_pst(*opened, *point, pst, file("b.pst"));
  ASSERT_TRUE(other_version) << other_version.error().what;
  EXPECT_FALSE(other_version->is_original);
}

TEST_F(PstPutTest, SeveralFilesAreOnePointAndFoldersOfOnePathAreOne) {
  const auto done = put({write("a.pst", 30), write("b.pst", 30, 1)}, "both");
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(done->psts.size(), 2u);
  std::uint64_t inboxes = 0, held = 0;
  for (const auto& f : done->manifest.folders) inboxes += f.folder.name == "Inbox", held += sum(f.held);
  EXPECT_EQ(inboxes, 1u);
  EXPECT_EQ(held, 60u);
  for (const std::size_t n : {0u, 1u}) {
    ASSERT_TRUE(get("pst:both", n, file("out" + std::to_string(n))));
    EXPECT_TRUE(bytes_of(file("out" + std::to_string(n))) == bytes_of(file(n == 0 ? "a.pst" : "b.pst")));
  }
}

}  // namespace
}  // namespace mk::job
