#include "job/restore.h"

#include <set>

#include "job/fixture_test.h"
#include "job/lines.h"
#include "job/restore_journal.h"
#include "mapi/item_reader.h"

namespace mk::job {
namespace {

TEST_F(RestoreTest, CreatesEveryItemInTheFolderThatCorresponds) {
  fill(12);
  ASSERT_TRUE(backup());
  const auto report = restore();
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->created, 14u) << format_text(*report);
  EXPECT_EQ(in_other(), on_server());
  EXPECT_EQ(other.folders[other_inbox].items.size(), 13u) << "the inbox goes into the target's own inbox";
}

TEST_F(RestoreTest, ASecondRunCreatesNothing) {
  fill(12);
  ASSERT_TRUE(backup());
  ASSERT_TRUE(restore());
  const int uploaded = other.uploaded;
  const auto again = restore();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->created, 0u);
  EXPECT_EQ(again->present_by_marker, 14u);
  EXPECT_EQ(other.uploaded, uploaded);
  EXPECT_TRUE(again->left.empty()) << again->left.front();
}

TEST_F(RestoreTest, AfterAnInterruptionOnlyTheRestIsCreated) {
  fill(35);
  ASSERT_TRUE(backup());
  other.fail_after_fetches = 20;
  const auto broken = restore();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::kUnavailable);
  other.fail_after_fetches = -1;
  const auto report = restore();
  ASSERT_TRUE(report);
  EXPECT_EQ(in_other(), on_server());
  EXPECT_GT(report->present_by_marker, 0u);
}

TEST_F(RestoreTest, ADryRunChangesNothingAndSaysWhy) {
  fill(3);
  ASSERT_TRUE(backup());
  auto o = restore_options("bob@example.test");
  o.dry_run = true;
  std::vector<std::string> events;
  o.on_event = [&](const RestoreEvent& e) { events.push_back(format_event(e)); };
  const auto report = restore(o);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->created, 5u);
  EXPECT_EQ(report->folders_created, 1u);
  EXPECT_EQ(other.uploaded, 0);
  EXPECT_EQ(other.folders.size(), 3u);
  EXPECT_EQ(events.size(), 5u);
  EXPECT_FALSE(std::filesystem::exists(o.directory / "restores"));
}

TEST_F(RestoreTest, RestoresTheStateOfATime) {
  fill(3);
  const auto full = backup();
  ASSERT_TRUE(full);
  const auto then = on_server();
  server.delete_item(inbox, items[0]);
  server.change_item(inbox, items[1], "changed");
  ASSERT_TRUE(backup(true));
  auto o = restore_options("bob@example.test");
  o.at = full->manifest.started;
  ASSERT_TRUE(restore(o));
  EXPECT_EQ(in_other(), then);
}

TEST_F(RestoreTest, FoldsFullAndIncrementals) {
  fill(6);
  ASSERT_TRUE(backup());
  server.delete_item(inbox, items[0]);
  server.change_item(inbox, items[1], "changed");
  server.set_read(inbox, items[2], true);
  ASSERT_TRUE(backup(true));
  server.move_item(inbox, items[3], trash);
  ASSERT_TRUE(backup(true));
  const auto report = restore();
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(in_other(), on_server());
  int read = 0;
  for (const auto& [id, item] : other.folders[other_inbox].items) read += item.head.read;
  EXPECT_EQ(read, 1) << "the read state that changed after the bytes were stored";
}

TEST_F(RestoreTest, InTheSameMailboxLiveItemsAreKnownByTheirIds) {
  fill(5);
  ASSERT_TRUE(backup());
  server.delete_item(inbox, items[0]);
  server.change_item(inbox, items[1], "changed since");
  server.add_item(inbox, "new since");
  MemoryMailbox target(server);
  const auto report = run_restore(target, restore_options("alice@example.test"));
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->created, 1u);
  EXPECT_EQ(report->present_by_id, 6u);
  ASSERT_EQ(report->left.size(), 2u) << format_text(*report);
  EXPECT_NE(report->left[1].find("1 items were changed since"), std::string::npos);
  EXPECT_EQ(server.folders[inbox].items.size(), 7u);
}

TEST_F(RestoreTest, AnEqualItemWithoutMarkerIsKnownByItsContentAndStandsForOneOnly) {
  fill(2);
  // The same mail twice in the source, once in the target.
  const auto twin = server.add_item(inbox, "twin");
  auto copy = server.folders[inbox].items.at(twin);
  copy.head.id.value = "I-copy";
  server.folders[inbox].items["I-copy"] = copy;
  server.folders[inbox].log.push_back({model::ItemChange::Kind::kCreate, "I-copy"});
  server.folders[inbox].info.items++;
  ASSERT_TRUE(backup());
  auto there = copy;
  there.head.id.value = "O-1";
  other.folders[other_inbox].items["O-1"] = there;
  other.folders[other_inbox].info.items++;
  const auto report = restore();
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->present_by_content, 1u);
  EXPECT_EQ(in_other(), on_server());
}

TEST_F(RestoreTest, TheMarkerIsTheOnlyChangeOfTheContent) {
  fill(1);
  ASSERT_TRUE(backup());
  ASSERT_TRUE(restore());
  for (const auto& [id, item] : other.folders[other_inbox].items) {
    const auto restored = mapi::read_exported_item(make_memory_blob(item.stream));
    ASSERT_TRUE(restored);
    for (const auto& [source_id, source] : server.folders[inbox].items) {
      if (source.subject != item.subject) continue;
      const auto original = mapi::read_exported_item(make_memory_blob(source.stream));
      EXPECT_EQ(*model::content_hash(*restored), *model::content_hash(*original));
      EXPECT_EQ(restored->properties.size(), original->properties.size() + 1);
    }
  }
}

TEST_F(RestoreTest, ItemsTooLargeForTheServerAreReportedAndTheRestIsCreated) {
  fill(3);
  server.add_item(inbox, "huge", 50'000);
  ASSERT_TRUE(backup());
  other.upload_limit = 20'000;
  const auto report = restore();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->too_large, 1u);
  EXPECT_EQ(report->created, 5u);
}

TEST_F(RestoreTest, OneFolderGoesBelowAnotherFolder) {
  fill(3);
  ASSERT_TRUE(backup());
  auto o = restore_options("bob@example.test");
  o.folders = {"Inbox/A\\/B"};
  o.to_folder = "Posteingang/From Alice";
  const auto report = restore(o);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->created, 1u);
  EXPECT_EQ(report->folders_created, 2u);
  const auto again = restore(o);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->created, 0u);
  EXPECT_EQ(again->folders_created, 0u);
}

TEST_F(RestoreTest, WithoutVerbatimItemsComeFromThePst) {
  fill(4);
  MemoryMailbox mailbox(server);
  auto o = options();
  o.verbatim = false;
  ASSERT_TRUE(run_backup(mailbox, o));
  const auto report = restore();
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->failed, 0u);
  EXPECT_EQ(in_other(), on_server());
  EXPECT_EQ(restore()->created, 0u);
}

TEST_F(RestoreTest, ATimeBeforeTheFirstPointIsRefused) {
  fill(1);
  ASSERT_TRUE(backup());
  auto o = restore_options("bob@example.test");
  o.at = *parse_utc("2020-01-01");
  const auto report = restore(o);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kNotFound);
}

TEST_F(RestoreTest, WhatIsNoBackupDirectoryIsRefused) {
  std::filesystem::create_directories(options().directory);
  const auto report = restore();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kInvalid);
}

TEST_F(RestoreTest, RestoresSingleItems) {
  fill(5);
  ASSERT_TRUE(backup());
  auto o = restore_options("bob@example.test");
  o.items = {items[1], items[3], "no such item"};
  const auto report = restore(o);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(in_other(), (std::map<std::string, int>{{"mail 1", 1}, {"mail 3", 1}}));
  EXPECT_EQ(report->in_state, 2u);
  EXPECT_EQ(report->not_in_state, 1u);
  EXPECT_EQ(report->folders_created, 0u) << "folders of other items";
}

TEST_F(RestoreTest, TheJournalsTellWhatARestoreOfANameCreated) {
  fill(35);
  ASSERT_TRUE(backup());
  auto o = restore_options("bob@example.test");
  o.name = "one";
  o.items = {items[0]};
  ASSERT_TRUE(restore(o));
  o.name = "two";
  o.items.clear();
  other.fail_after_fetches = 20;
  ASSERT_FALSE(restore(o)) << "its last batch stays without an answer";
  other.fail_after_fetches = -1;
  ASSERT_TRUE(restore(o));
  const auto journals = options().directory / "restores";
  const auto one = read_restored(journals, "one"), two = read_restored(journals, "two");
  ASSERT_TRUE(one && two) << (one ? two : one).error().what;
  ASSERT_EQ(one->size(), 1u);
  EXPECT_EQ(one->front().source.value, items[0]);
  EXPECT_EQ(two->size(), 36u);
  std::set<std::string> ids;
  for (const auto& item : *two) {
    const auto& there = other.folders.at(item.to.value).items.at(item.id.value);
    EXPECT_EQ(item.change_key, there.head.change_key);
    EXPECT_FALSE(item.hash.empty());
    EXPECT_TRUE(ids.insert(item.id.value).second) << "twice";
  }
  EXPECT_FALSE(ids.contains(one->front().id.value));
  EXPECT_TRUE(read_restored(journals, "three")->empty());
  EXPECT_TRUE(read_restored(journals / "nowhere", "one")->empty());
}

TEST_F(RestoreTest, TheJournalsTellWhichFoldersARestoreMade) {
  fill(5);
  ASSERT_TRUE(backup());
  auto o = restore_options("bob@example.test");
  o.name = "one";
  o.to_folder = "Restored/Of today";
  o.dry_run = true;
  ASSERT_TRUE(restore(o));
  const auto journals = options().directory / "restores";
  EXPECT_TRUE(read_made_folders(journals, "one")->empty());
  o.dry_run = false;
  const auto report = restore(o);
  ASSERT_TRUE(report) << report.error().what;
  const auto made = read_made_folders(journals, "one");
  ASSERT_TRUE(made) << made.error().what;
  ASSERT_EQ(made->size(), report->folders_created);
  ASSERT_GT(made->size(), 2u);
  EXPECT_EQ((*made)[0].path, "Restored");
  EXPECT_EQ((*made)[1].name, "Of today");
  EXPECT_EQ((*made)[1].parent, (*made)[0].id) << "parents first";
  for (const auto& folder : *made) EXPECT_TRUE(other.folders.contains(folder.id.value)) << folder.path;
  o.name = "two";
  ASSERT_TRUE(restore(o));
  EXPECT_TRUE(read_made_folders(journals, "two")->empty()) << "they were there";
}

}  // namespace
}  // namespace mk::job
