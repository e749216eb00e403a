#include "job/backup.h"

#include <fmt/format.h>

#include "job/fixture_test.h"

namespace mk::job {
namespace {

/// What holds of a directory and of a vault alike.
class BackupTest : public JobTest, public ::testing::WithParamInterface<Where> {
 protected:
  BackupTest() { where = GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Into, BackupTest, ::testing::Values(Where::kDirectory, Where::kVault),
                         [](const auto& suite) {
                           return suite.param == Where::kDirectory ? "Directory" : "Vault";
                         });

using DirectoryTest = JobTest;

TEST_P(BackupTest, WritesEveryItemOnceAndBalances) {
  fill(25);
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_EQ(report->manifest.ledger().total().stored.items, 26u);
  EXPECT_EQ(report->manifest.ledger().total().stored.associated, 1u);
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_F(DirectoryTest, HoldsAPstAndNothingUnfinished) {
  fill(5);
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_TRUE(std::filesystem::exists(options().directory / "points" / report->manifest.name /
                                      "alice@example.test.pst"));
  EXPECT_FALSE(std::filesystem::exists(options().directory / "unfinished"));
}

TEST_P(BackupTest, WorksWithManyConnections) {
  fill(200);
  auto o = options();
  o.connections = 8;
  const auto report = backup(o);
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_P(BackupTest, IncrementalWritesOnlyWhatChanged) {
  fill(25);
  ASSERT_TRUE(backup());
  server.add_item(inbox, "new");
  server.change_item(inbox, items[3], "changed");
  server.delete_item(inbox, items[4]);
  server.set_read(inbox, items[5], true);
  const int fetched = server.fetched;
  const auto report = backup(true);
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_EQ(server.fetched - fetched, 2);
  EXPECT_EQ(report->manifest.ledger().total().unchanged.items, 24u);
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_P(BackupTest, IncrementalWithoutChangesFetchesAndListsNothingTwice) {
  fill(25);
  ASSERT_TRUE(backup());
  const int fetched = server.fetched, listed = server.listed;
  const auto report = backup(true);
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_EQ(server.fetched, fetched);
  EXPECT_EQ(server.listed - listed, 4) << "one page for each of the four folders";
  EXPECT_EQ(state(), on_server());
}

TEST_P(BackupTest, IncrementalNeedsAFull) {
  const auto report = backup(true);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kNotFound);
  EXPECT_NE(report.error().what.find("without --incremental"), std::string::npos);
}

TEST_F(DirectoryTest, RecognisesAMove) {
  fill(5);
  ASSERT_TRUE(backup());
  const auto moved = server.move_item(inbox, items[2], trash);
  const auto report = backup(true);
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  const auto dir = BackupDirectory::open(options().directory);
  const auto chain = Chain::open(*dir);
  ASSERT_TRUE(chain);
  const auto line = chain->find({trash}, {moved});
  ASSERT_TRUE(line && *line);
  EXPECT_EQ((*line)->moved_folder.value, inbox);
  EXPECT_EQ((*line)->moved_item.value, items[2]);
}

TEST_P(BackupTest, KeepsReadStateChanges) {
  fill(3);
  ASSERT_TRUE(backup());
  server.set_read(inbox, items[0], true);
  ASSERT_TRUE(backup(true));
  const auto line = held(inbox, items[0]);
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->head.read);
}

TEST_P(BackupTest, AnItemThatThePageSilentlyMissesUnbalancesTheLedger) {
  fill(25);
  server.left_out.insert(items[7]);
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kUnbalanced);
  const auto& row = report->manifest.folders[1].row;
  EXPECT_EQ(row.balance(false), -1);
}

TEST_P(BackupTest, ADeletionDuringTheRunDoesNotHideAMissedItem) {
  fill(25);
  server.left_out.insert(items[7]);
  int counts = 0;
  server.before = [&](const std::string& operation, const std::string& folder) {
    if (operation == "count" && folder == inbox && counts++ == 0) server.delete_item(inbox, items[0]);
  };
  EXPECT_OUTCOME(backup(), Outcome::kUnbalanced);
}

TEST_P(BackupTest, TheNextIncrementalFindsWhatWasMissed) {
  fill(25);
  server.left_out.insert(items[7]);
  ASSERT_TRUE(backup());
  server.left_out.clear();
  const int fetched = server.fetched;
  EXPECT_OUTCOME(backup(true), Outcome::kBalanced);
  EXPECT_EQ(server.fetched - fetched, 1) << "what is held is not fetched again";
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_P(BackupTest, ATruncatedItemIsTriedOnceMore) {
  fill(5);
  server.truncated[items[1]] = 1;
  EXPECT_OUTCOME(backup(), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
}

TEST_P(BackupTest, AnItemThatStaysTruncatedIsSkippedWithItsReasonAndTriedByTheNextRun) {
  fill(5);
  server.truncated[items[1]] = 2;
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kSkipped);
  ASSERT_EQ(report->manifest.skipped.size(), 1u);
  EXPECT_EQ(report->manifest.skipped[0].label.subject, "mail 1");
  EXPECT_NE(report->manifest.skipped[0].reason.find("not whole"), std::string::npos)
      << report->manifest.skipped[0].reason;
  EXPECT_OUTCOME(backup(true), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_P(BackupTest, ACorruptItemIsSkippedAndStaysInTheLedgerOfLaterRuns) {
  fill(5);
  server.broken[items[1]] = 100;
  EXPECT_OUTCOME(backup(), Outcome::kSkipped);
  const auto report = backup(true);
  EXPECT_OUTCOME(report, Outcome::kSkipped);
  ASSERT_EQ(report->manifest.skipped.size(), 1u);
  EXPECT_NE(report->manifest.skipped[0].reason.find("ErrorItemCorrupt"), std::string::npos);
}

TEST_P(BackupTest, AnItemThatVanishesIsDeletedNotSkipped) {
  fill(5);
  server.vanishing.insert(items[1]);
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  EXPECT_EQ(report->manifest.ledger().total().drift(), -1);
}

TEST_P(BackupTest, AnItemChangedDuringTheRunIsStoredOnceInItsLatestForm) {
  fill(35);
  int lists = 0;
  server.before = [&](const std::string& operation, const std::string& folder) {
    if (operation != "list" || folder != inbox) return;
    if (++lists == 3) server.change_item(inbox, items[0], "changed once");
    if (lists == 4) server.change_item(inbox, items[0], "changed twice");
  };
  EXPECT_OUTCOME(backup(), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  expect_sound();  // counts the items of the PST too
}

TEST_P(BackupTest, AnItemMovedIntoAFolderAlreadyReadIsFound) {
  fill(15);
  bool moved = false;
  server.before = [&](const std::string& operation, const std::string& folder) {
    if (operation != "list" || folder != trash || moved) return;
    moved = true;
    server.add_item(trash, "late");
    server.move_item(inbox, items[14], projects);
  };
  EXPECT_OUTCOME(backup(), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_P(BackupTest, AnInvalidSyncStateListsAnewAndFetchesOnlyWhatIsNotHeld) {
  fill(25);
  ASSERT_TRUE(backup());
  server.add_item(inbox, "new");
  server.change_item(inbox, items[2], "changed");
  server.delete_item(inbox, items[3]);
  server.invalidate_states(inbox);
  const int fetched = server.fetched;
  EXPECT_OUTCOME(backup(true), Outcome::kBalanced);
  EXPECT_EQ(server.fetched - fetched, 2);
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_P(BackupTest, AStateThatBecomesInvalidDuringTheRunIsMendedWithoutFetchingTwice) {
  fill(35);
  int lists = 0;
  server.before = [&](const std::string& operation, const std::string& folder) {
    if (operation == "list" && folder == inbox && ++lists == 3) {
      server.delete_item(inbox, items[0]);
      server.invalidate_states(inbox);
    }
  };
  EXPECT_OUTCOME(backup(), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  EXPECT_LE(server.fetched, 37 + 1);
  expect_sound();
}

TEST_P(BackupTest, AFolderDeletedDuringTheRunIsReportedAndNotFatal) {
  fill(5);
  server.before = [&](const std::string& operation, const std::string& folder) {
    if (operation == "list" && folder == trash) server.folders.erase(projects);
  };
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  ASSERT_EQ(report->manifest.notes.size(), 1u);
  EXPECT_NE(report->manifest.notes[0].find("deleted during the run"), std::string::npos);
  EXPECT_OUTCOME(backup(true), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
}

TEST_P(BackupTest, AFolderThatMayNotBeReadIsReportedAndTheRestIsStored) {
  fill(5);
  server.denied_folders.insert(projects);
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kSkipped);
  EXPECT_EQ(report->manifest.ledger().total().skipped.items, 1u);
}

TEST_P(BackupTest, APasswordThatBecomesWrongStopsTheRun) {
  fill(5);
  server.before = [&](const std::string& operation, const std::string& folder) {
    if (operation == "list" && folder == projects) server.password_wrong = true;
  };
  const auto report = backup();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kDenied);
}

TEST_P(BackupTest, DriftHasItsOwnColumn) {
  fill(5);
  bool added = false;
  server.before = [&](const std::string& operation, const std::string& folder) {
    if (operation == "count" && folder == inbox && !added) added = true, server.add_item(inbox, "late");
  };
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_EQ(report->manifest.ledger().total().drift(), 1);
  EXPECT_EQ(state(), on_server());
}

TEST_F(DirectoryTest, OverlappingSelectionsStoreAnItemOnceInThePstOfTheInnermost) {
  fill(5);
  const auto report = backup(false, {"Inbox", "Inbox/A\\/B"});
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  ASSERT_EQ(report->manifest.sets.size(), 2u);
  EXPECT_EQ(report->manifest.sets[1].files.front(), "A_B.pst");
  EXPECT_EQ(report->manifest.ledger().total().stored.items, 6u);
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_P(BackupTest, AnIncrementalGoesOnWithTheSelectionOfItsFull) {
  fill(5);
  ASSERT_TRUE(backup(false, {"Inbox/A\\/B"}));
  EXPECT_OUTCOME(backup(true), Outcome::kBalanced);
  const auto other = backup(true, {"Inbox"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::kInvalid);
}

TEST_F(DirectoryTest, WithoutVerbatimNoSegmentIsKept) {
  fill(5);
  MemoryMailbox mailbox(server);
  auto o = options();
  o.verbatim = false;
  const auto report = run_backup(mailbox, o);
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_FALSE(std::filesystem::exists(o.directory / "points" / report->manifest.name / "items.segment"));
  expect_sound();
}

TEST_P(BackupTest, AnInterruptedRunIsContinued) {
  fill(25);
  server.fail_after_fetches = 14;
  const auto broken = backup();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::kUnavailable);
  server.fail_after_fetches = -1;
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_TRUE(report->resumed);
  EXPECT_LE(server.fetched, 27 + 10) << "at most one page twice";
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_P(BackupTest, AnInterruptedRunIsNotMixedWithAnother) {
  fill(25);
  ASSERT_TRUE(backup());
  for (int i = 0; i < 20; ++i) server.add_item(inbox, "new " + std::to_string(i));
  server.fail_after_fetches = server.fetched + 12;
  ASSERT_FALSE(backup(true));
  server.fail_after_fetches = -1;
  const auto full = backup();
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::kInvalid);
  EXPECT_NE(full.error().what.find("--restart"), std::string::npos);
  EXPECT_OUTCOME(backup(true), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
}

TEST_F(DirectoryTest, ASecondRunAtTheSameTimeIsRefused) {
  fill(5);
  auto dir = BackupDirectory::open_or_create(options().directory, "alice@example.test", clock);
  ASSERT_TRUE(dir);
  ASSERT_TRUE(dir->lock());
  const auto report = backup();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kConflict);
}

TEST_F(DirectoryTest, AForeignDirectoryAndAnotherMailboxAreRefused) {
  fill(1);
  std::filesystem::create_directories(options().directory);
  ASSERT_TRUE(write_file_atomically(options().directory / "letter.txt", as_bytes("mine")));
  const auto foreign = backup();
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, Code::kInvalid);
  std::filesystem::remove(options().directory / "letter.txt");
  ASSERT_TRUE(backup());
  MemoryMailbox mailbox(server);
  auto o = options();
  o.mailbox = "bob@example.test";
  const auto other = run_backup(mailbox, o);
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().what.find("alice@example.test"), std::string::npos);
}

TEST_F(DirectoryTest, ADirectoryOfANewerVersionIsRefused) {
  std::filesystem::create_directories(options().directory);
  ASSERT_TRUE(write_file_atomically(
      options().directory / "mailkeep.json",
      as_bytes(R"({"format":"mailkeep backup directory","version":2,"mailbox":"alice@example.test"})")));
  const auto report = backup();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kUnsupported);
}

TEST_F(DirectoryTest, ADamagedManifestOfTheBaseIsNamed) {
  fill(3);
  const auto full = backup();
  ASSERT_TRUE(full);
  const auto path = options().directory / "points" / full->manifest.name / "manifest.jsonl";
  auto text = *read_file(path);
  text[text.size() / 2] ^= 1;
  ASSERT_TRUE(write_file_atomically(path, as_bytes(text)));
  const auto report = backup(true);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kCorrupt);
  EXPECT_NE(report.error().what.find(full->manifest.name), std::string::npos);
}

TEST_F(DirectoryTest, VerifyFindsAFlippedByteInTheSegment) {
  fill(3);
  const auto full = backup();
  ASSERT_TRUE(full);
  const auto path = options().directory / "points" / full->manifest.name / "items.segment";
  auto bytes = *read_file(path);
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_TRUE(write_file_atomically(path, as_bytes(bytes)));
  const auto report = verify();
  ASSERT_TRUE(report);
  EXPECT_GE(report->n_problems, 1u);
}

TEST_P(BackupTest, VerifyComparesWithTheLiveMailbox) {
  fill(5);
  ASSERT_TRUE(backup());
  server.add_item(inbox, "new");
  server.change_item(inbox, items[0], "changed");
  server.delete_item(inbox, items[1]);
  const auto report = verify(true);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->n_problems, 0u) << format_text(*report);
  EXPECT_EQ(report->same, 5u);
  EXPECT_EQ(report->changed, 1u);
  EXPECT_EQ(report->only_live, 1u);
  EXPECT_EQ(report->only_backup, 1u);
  EXPECT_EQ(report->content_differs, 0u);
}

}  // namespace
}  // namespace mk::job
