#include "job/pst_output.h"

#include "job/fixture_test.h"
#include "pst/reader.h"

namespace mk::job {
namespace {

/// Backups whose PSTs have parts, as users and other programs see them.
class PartsTest : public RestoreTest {
 protected:
  PartsTest() { max_pst_bytes = kThreeItems; }
  std::filesystem::path file(const BackupReport& report, const std::string& name) const {
    return options().directory / "points" / report.manifest.name / name;
  }
  static std::vector<std::string> folder_names(const std::filesystem::path& path) {
    const auto pst = pst::PstFile::open(path);
    MK_CHECK(pst);
    const auto folders = (*pst)->folders();
    MK_CHECK(folders);
    std::vector<std::string> names;
    for (const auto& f : *folders) names.push_back(f.name);
    return names;
  }
  void expect_restored() {
    const auto report = restore();
    ASSERT_TRUE(report) << report.error().what;
    EXPECT_EQ(report->failed, 0u);
    EXPECT_EQ(in_other(), on_server());
  }
};

TEST_F(PartsTest, HaveAllFoldersAndNoneIsLargerThanAsked) {
  fill(5);
  fill_large(7);
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  const auto& files = report->manifest.sets[0].files;
  EXPECT_EQ(files, (std::vector<std::string>{"alice@example.test.pst", "alice@example.test-2.pst",
                                             "alice@example.test-3.pst"}));
  for (const auto& name : files) {
    EXPECT_LE(std::filesystem::file_size(file(*report, name)), kThreeItems) << name;
    EXPECT_EQ(folder_names(file(*report, name)), folder_names(file(*report, files[0]))) << name;
  }
  EXPECT_EQ(state(), on_server());
  expect_sound();
  expect_restored();
}

TEST_F(PartsTest, AreWhatARestoreReadsWithoutVerbatimStreams) {
  fill(3);
  fill_large(7);
  auto o = options();
  o.verbatim = false;
  MemoryMailbox mailbox(server);
  EXPECT_OUTCOME(run_backup(mailbox, o), Outcome::kBalanced);
  expect_sound();
  expect_restored();
}

TEST_F(PartsTest, OfAnIncrementalTakeAFolderThatComesLate) {
  fill(3);
  ASSERT_TRUE(backup());
  fill_large(7);
  server.add_item(projects, "new plan");
  server.delete_item(inbox, items[0]);
  const auto report = backup(true);
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_EQ(report->manifest.sets[0].files.size(), 3u);
  EXPECT_EQ(state(), on_server());
  expect_sound();
  expect_restored();
}

TEST_F(PartsTest, AreWrittenAnewWhenAnItemChangesDuringTheRun) {
  fill_large(7);
  const auto changed = server.add_item(inbox, "old", 400);
  bool done = false;
  server.before = [&](const std::string& operation, const std::string&) {
    if (operation != "count" || std::exchange(done, true)) return;
    server.change_item(inbox, changed, "changed");
  };
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_TRUE(done);
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_F(PartsTest, AnItemAboveTheLimitGetsOneAndANote) {
  fill(2);
  server.add_item(inbox, "huge", 1'500'000);
  server.add_item(projects, "after it");
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_EQ(report->manifest.sets[0].files.size(), 3u);
  ASSERT_EQ(report->manifest.notes.size(), 1u);
  EXPECT_NE(report->manifest.notes[0].find("alice@example.test-2.pst"), std::string::npos);
  expect_sound();
}

TEST_F(PartsTest, FoldersAboveTheLimitStopTheRunInsteadOfLosingItems) {
  for (int i = 0; i < 300; ++i) server.add_folder(top, "folder " + std::to_string(i));
  fill(2);
  const auto report = backup();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kInvalid);
  EXPECT_NE(report.error().what.find("choose a larger size"), std::string::npos) << report.error().what;
  max_pst_bytes = pst::kDefaultPartBytes;
  EXPECT_OUTCOME(backup(), Outcome::kBalanced);
  expect_sound();
}

TEST_F(PartsTest, VerifyMissesALostOneAndAnItemOfAnother) {
  fill_large(7);
  const auto report = backup();
  ASSERT_TRUE(report);
  const auto& files = report->manifest.sets[0].files;
  std::filesystem::copy_file(file(*report, files[0]), file(*report, files[1]),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_GT(verify()->n_problems, 0u);
  std::filesystem::remove(file(*report, files[1]));
  EXPECT_GT(verify()->n_problems, 0u);
}

}  // namespace
}  // namespace mk::job
