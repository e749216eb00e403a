#include "job/pst_export.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/file.h"
#include "base/safe_name.h"
#include "job/fixture_test.h"
#include "model/tags.h"
#include "pst/writer.h"

namespace mk::job {
namespace {

namespace pid = model::pid;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(SafeName, KeepsWhatEverySystemTakes) {
  const struct {
    const char *text, *name;
  } rows[] = {{"Re: lunch", "Re_ lunch"},
              {"../../etc/passwd", "_._.._etc_passwd"},
              {"..", "_"},
              {"", "no subject"},
              {" \t ", "_"},
              {"a\\b/c:d*e?f\"g<h>i|j", "a_b_c_d_e_f_g_h_i_j"},
              {"line\r\nbreak\0", "line__break"},
              {".profile", "_profile"},
              {"ends in dots... ", "ends in dots"},
              {"con", "_con"},
              {"COM1.txt", "_COM1.txt"},
              {"Company", "Company"},
              {"invoice\u202Efdp.exe", "invoice_fdp.exe"},
              {"Gr\u00FC\u00DFe \u65E5\u672C", "Gr\u00FC\u00DFe \u65E5\u672C"},
              {"bad \xFF utf8", "bad _ utf8"}};
  for (const auto& row : rows) EXPECT_EQ(safe_name(row.text, 80, "no subject"), row.name) << row.text;
}

TEST(SafeName, CutsAtACharacter) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\u65E5";
  for (std::size_t n = 3; n < 20; ++n) {
    const std::string name = safe_name(text, n, "-");
    EXPECT_LE(name.size(), n);
    EXPECT_EQ(name, text.substr(0, n / 3 * 3));
  }
}

model::PropertyList folder_named(std::string_view name) {
  model::PropertyList list;
  list.set_text(pid::kDisplayName, name);
  return list;
}

model::Item note(std::string_view subject) {
  model::Item item;
  item.properties.set_text(pid::kMessageClass, "IPM.Note");
  item.properties.set_text(pid::kSubject, subject);
  item.properties.set_text(pid::kBody, "Hello");
  return item;
}

class PstExport : public testing::Test {
 protected:
  PstExport() : writer(*pst::PstWriter::create(dir.path() / "a.pst", {})) {}

  std::vector<pst::Nid> add_folders(std::initializer_list<const char*> names) {
    std::vector<pst::Nid> ids;
    for (const char* name : names)
      ids.push_back(*writer->add_folder(writer->ipm_subtree(), folder_named(name)));
    return ids;
  }
  Result<ExportReport> run(const ExportOptions& options = {}) {
    if (writer) MK_CHECK(writer->finish());
    writer.reset();
    const auto file = pst::PstFile::open(dir.path() / "a.pst");
    MK_CHECK(file);
    return export_pst(**file, to, options);
  }
  /// Names of everything below a directory of the export.
  std::vector<std::string> names(const std::string& below = "Top of Outlook data file") const {
    std::vector<std::string> out;
    for (const auto& e : std::filesystem::directory_iterator(to / below)) out.push_back(e.path().filename());
    return out;
  }
  std::string index() const { return *read_file(to / "export.jsonl"); }

  const TemporaryDirectory dir;
  const std::filesystem::path to = dir.path() / "out";
  std::unique_ptr<pst::PstWriter> writer;
};

TEST_F(PstExport, FoldersWhoseNamesMeetGetDirectoriesOfTheirOwn) {
  const auto ids = add_folders({"Plans", "plans", "a/b", "a:b", "..", "x.eml"});
  ASSERT_TRUE(run());
  EXPECT_THAT(names(),
              UnorderedElementsAre("Plans", fmt::format("plans.{:x}", ids[1].value), "a_b",
                                   fmt::format("a_b.{:x}", ids[3].value), "_", "x.eml_", "Deleted Items"));
}

TEST_F(PstExport, NamesFilesBySubjectAndItem) {
  const auto inbox = add_folders({"Inbox"})[0];
  std::vector<std::string> expected;
  for (const char* subject : {"../../x", "twice", "twice", ""}) {
    const auto id = writer->add_item(inbox, note(subject), false);
    expected.push_back(fmt::format("{}.{:x}.eml", safe_name(subject, 80, "no subject"), id->value));
  }
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->items, 4u);
  EXPECT_THAT(names("Top of Outlook data file/Inbox"), testing::UnorderedElementsAreArray(expected));
  EXPECT_THAT(names(".."), UnorderedElementsAre("a.pst", "out"));
}

TEST_F(PstExport, AVeryDeepFolderIsPutAtTheTop) {
  pst::Nid at = writer->ipm_subtree();
  for (int i = 0; i < 40; ++i) at = *writer->add_folder(at, folder_named(std::string(60, 'd')));
  ASSERT_TRUE(writer->add_item(at, note("found"), false));
  const auto report = run();
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->items, 1u);
  EXPECT_THAT(index(), HasSubstr("\"file\":\"deep."));
}

TEST_F(PstExport, TakesOnlyTheFoldersChosen) {
  const auto ids = add_folders({"In", "Inbox", "a/b"});
  const auto below = *writer->add_folder(ids[0], folder_named("below"));
  for (const pst::Nid id : {ids[0], ids[1], ids[2], below})
    ASSERT_TRUE(writer->add_item(id, note("mail"), false));
  ExportOptions options;
  options.folders = {"Top of Outlook data file/In", "Top of Outlook data file/a\\/b"};
  const auto report = run(options);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->items, 3u);
  EXPECT_THAT(names(), UnorderedElementsAre("In", "a_b"));
}

TEST_F(PstExport, AUnknownFolderIsRefusedBeforeAnythingIsMade) {
  ExportOptions options;
  options.folders = {"Top of Outlook data file/Outbox"};
  const auto report = run(options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kInvalid);
  EXPECT_THAT(report.error().what, HasSubstr("Outbox"));
  EXPECT_FALSE(std::filesystem::exists(to));
}

TEST_F(PstExport, AssociatedItemsOnlyWhenAskedFor) {
  const auto inbox = add_folders({"Inbox"})[0];
  ASSERT_TRUE(writer->add_item(inbox, note("a view"), true));
  ExportOptions options;
  EXPECT_EQ(run(options)->items, 0u);
  std::filesystem::remove_all(to);
  options.associated = true;
  EXPECT_EQ(run(options)->items, 1u);
  EXPECT_THAT(index(), HasSubstr("\"associated\":true"));
}

TEST_F(PstExport, OverwritesNothing) {
  std::filesystem::create_directories(to);
  ASSERT_TRUE(run());  // empty
  const std::string before = index();
  const auto again = run();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kInvalid);
  EXPECT_EQ(index(), before);
}

TEST_F(PstExport, ADamagedItemIsReportedAndTheRestGoesOn) {
  const auto inbox = add_folders({"Inbox"})[0];
  ASSERT_TRUE(writer->add_item(inbox, note("first"), false));
  ASSERT_TRUE(writer->add_item(inbox, note("x" + std::string(200, 'y')), false));
  ASSERT_TRUE(writer->add_item(inbox, note("last"), false));
  ASSERT_TRUE(writer->finish());
  writer.reset();
  // Its subject is in the block of its properties, whose checksum then does not fit.
  std::string bytes = *read_file(dir.path() / "a.pst");
  const auto ids = (*pst::PstFile::open_bytes(bytes))->items(inbox, false);
  std::string damaged = bytes;
  for (std::size_t at = 0x4400; at < bytes.size(); at += 64) {
    damaged = bytes;
    damaged[at] ^= 0x55;
    const auto file = pst::PstFile::open_bytes(damaged);
    if (file && !(*file)->read_item((*ids)[1]) && (*file)->read_item((*ids)[0]) &&
        (*file)->read_item((*ids)[2]) && (*file)->items(inbox, false))
      break;
  }
  ASSERT_TRUE(write_file_atomically(dir.path() / "a.pst", as_bytes(damaged)));
  std::vector<pst::Nid> skipped;
  ExportOptions options;
  options.on_skipped = [&](const std::string&, pst::Nid id, const Error& e) {
    skipped.push_back(id);
    EXPECT_THAT(e.what, Not(IsEmpty()));
  };
  const auto report = run(options);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->items, 2u);
  EXPECT_EQ(report->skipped, 1u);
  EXPECT_THAT(skipped, ElementsAre((*ids)[1]));
  EXPECT_THAT(index(), HasSubstr("\"error\":"));
}

}  // namespace
}  // namespace mk::job
