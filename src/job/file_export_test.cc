#include "job/file_export.h"

#include "base/file.h"
#include "job/fixture_test.h"

namespace mk::job {
namespace {

class FileExportTest : public JobTest {
 protected:
  Result<FileExportReport> export_to(const std::string& name, const FileExportOptions& o) {
    Result<FileExportReport> report = FileExportReport{};
    TRY(with_state([&](const MailboxState& state) -> Status {
      report = export_files(state, directory.path() / name, o);
      return ok;
    }));
    return report;
  }
  std::vector<std::string> files(const std::string& name) {
    std::vector<std::string> out;
    for (const auto& f : std::filesystem::recursive_directory_iterator(directory.path() / name))
      if (f.path().extension() == ".eml")
        out.push_back(f.path().lexically_relative(directory.path() / name).string());
    return out;
  }
};

TEST_F(FileExportTest, WritesADirectoryForEachFolderAndAFileForEachItem) {
  fill(3);
  ASSERT_TRUE(backup());
  const auto report = export_to("all", {});
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->items, 4u) << "hidden items are left out";
  EXPECT_EQ(report->skipped, 0u);
  const auto all = files("all");
  EXPECT_EQ(all.size(), 4u);
  for (const auto& f : all) EXPECT_TRUE(f.find("Inbox/") != std::string::npos) << f;
  const auto index = read_file(directory.path() / "all/export.jsonl");
  EXPECT_EQ(std::count(index->begin(), index->end(), '\n'), 4);
  EXPECT_FALSE(export_to("all", {})) << "it is not empty";
}

TEST_F(FileExportTest, TakesFoldersAndItems) {
  fill(3);
  ASSERT_TRUE(backup());
  FileExportOptions o;
  o.folders = {"Inbox/A\\/B"};
  EXPECT_EQ(export_to("folder", o)->items, 1u);
  o.folders.clear();
  o.items = {items[1]};
  EXPECT_EQ(export_to("item", o)->items, 1u);
  EXPECT_EQ(files("item").size(), 1u);
  o.folders = {"Nowhere"};
  EXPECT_EQ(export_to("nothing", o).error().code, Code::kNotFound);
}

TEST_F(FileExportTest, TellsOfItemsThatCannotBeRead) {
  fill(3);
  ASSERT_TRUE(backup());
  for (const auto& f : std::filesystem::recursive_directory_iterator(directory.path()))
    if (f.path().extension() == ".segment") {
      auto file = File::open(f.path(), File::Mode::kReadWrite);
      ASSERT_TRUE(file->write_at(*file->size() / 2, as_bytes("damage")));
    }
  std::vector<std::string> skipped;
  FileExportOptions o;
  o.on_skipped = [&](const std::string&, const ItemLine& line, const Error&) {
    skipped.push_back(line.label.subject);
  };
  const auto report = export_to("damaged", o);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->skipped, skipped.size());
  EXPECT_EQ(report->items + report->skipped, 4u);
  EXPECT_GE(skipped.size(), 1u);
}

}  // namespace
}  // namespace mk::job
