#include "agent/restore/restore_runner.h"

#include <fmt/format.h>

#include <latch>

#include "agent/restore/fixture_test.h"
#include "agent/restore/item_list.h"
#include "agent/restore/restore_root.h"

namespace mk::agent {
namespace {

class RestoreRunnerTest : public RestoreTest {
 protected:
  RestoreRunnerTest() { EXPECT_TRUE(set_restore_root(state->settings(), dir / "root")); }
  std::vector<std::string> outcomes(RestoreId id) {
    const auto page = read_item_list(item_list_file(workshop, id), 0, 1000);
    EXPECT_TRUE(page);
    return page ? page->lines : std::vector<std::string>{};
  }
  /// As somebody does who writes into an item that was restored: the marker stays.
  void scribble(const std::string& id) {
    auto item = mapi::read_exported_item(make_memory_blob(other.find(id)->stream));
    ASSERT_TRUE(item);
    item->properties.set_text(model::pid::kBody, "scribbled over");
    ByteString stream;
    StringSink sink(stream);
    ASSERT_TRUE(mapi::write_exported_item(*item, sink));
    other.change(id, stream);
  }
  static std::string counts_of(const Restore& r) {
    EXPECT_EQ(r.error, "");
    return fmt::format("{} created, {} updated, {} skipped, {} failed", r.counts.created, r.counts.updated,
                       r.counts.skipped, r.counts.failed);
  }
  /// The first one loses its server in the midst of it.
  Restore restore_in_two_attempts(const RestoreRequest& wanted) {
    other.uploads_until_it_breaks = 15;
    const auto running = runner();
    const auto id = running->begin(wanted, "tester");
    EXPECT_TRUE(id);
    EXPECT_EQ(wait_for(*id).state, RunState::kFailed);
    EXPECT_EQ(running->cancel(*id).error().code, Code::kConflict) << "it is over";
    other.uploads_until_it_breaks = -1;
    Status again = running->again(*id);
    for (int i = 0; !again && i < 100; ++i) {  // until its worker has let go of it
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      again = running->again(*id);
    }
    EXPECT_TRUE(again) << again.error().what;
    return wait_for(*id);
  }
  std::size_t files_in(const std::string& name, const std::string& extension) {
    std::size_t n = 0;
    for (const auto& f : std::filesystem::recursive_directory_iterator(dir / "root" / name))
      n += f.path().extension() == extension ? 1 : 0;
    return n;
  }
};

TEST_F(RestoreRunnerTest, PutsAMailboxIntoAnother) {
  fill(5);
  ASSERT_NO_FATAL_FAILURE(back_up());
  for (const auto& d : schedule.destinations) {
    other.folders.at(other_inbox).items.clear();
    const auto r = restore(request(d.place));
    EXPECT_EQ(r.state, RunState::kComplete) << r.error;
    EXPECT_EQ(r.counts.created, d.is_directory() ? 6u : 5u)
        << "the folder below is still there the second time";
    EXPECT_EQ(r.counts.in_state, 6u);
    EXPECT_EQ(other.folders.at(other_inbox).items.size(), 5u);
    EXPECT_EQ(r.who, "tester");
    EXPECT_NE(r.request.point, "nightly@latest") << "a later attempt takes the same point";
    EXPECT_EQ(outcomes(r.id).size(), 6u);
  }
}

TEST_F(RestoreRunnerTest, ASecondOneFindsEverythingThere) {
  fill(3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  restore(request());
  const auto r = restore(request());
  EXPECT_EQ(r.state, RunState::kComplete);
  EXPECT_EQ(r.counts, (RestoreCounts{4, 0, 0, 4, 0, 0}));
}

TEST_F(RestoreRunnerTest, ADryRunCountsAndListsAndChangesNothing) {
  fill(3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  auto wanted = request();
  wanted.dry_run = true;
  const auto r = restore(wanted);
  EXPECT_EQ(r.counts.created, 4u);
  EXPECT_EQ(other.size(), 0u);
  EXPECT_EQ(outcomes(r.id).size(), 4u);
  wanted.target = {RestoreTarget::Kind::kFiles, {}, {}, {}, {}, 0};
  EXPECT_EQ(restore(wanted).counts.created, 4u);
  EXPECT_TRUE(std::filesystem::is_empty(dir / "root"));
}

TEST_F(RestoreRunnerTest, TakesSingleItems) {
  fill(5);
  ASSERT_NO_FATAL_FAILURE(back_up());
  auto wanted = request();
  wanted.items = {ids[1], ids[3], "no such item"};
  const auto r = restore(wanted);
  EXPECT_EQ(r.state, RunState::kIncomplete) << "one of them is not there";
  EXPECT_EQ(r.counts.created, 2u);
  EXPECT_EQ(r.counts.failed, 1u);
  EXPECT_EQ(other.size(), 2u);
  EXPECT_EQ(other.folders.size(), 2u) << "no folders for items that were not asked for";
}

TEST_F(RestoreRunnerTest, TakesFolders) {
  fill(5);
  ASSERT_NO_FATAL_FAILURE(back_up());
  auto wanted = request();
  wanted.folders = {"Inbox/Projects"};
  wanted.target.folder = "From Alice";
  EXPECT_EQ(restore(wanted).counts.created, 1u);
  wanted.folders = {"Nowhere"};
  const auto r = restore(wanted);
  EXPECT_EQ(r.state, RunState::kFailed);
  EXPECT_NE(r.error.find("Nowhere"), std::string::npos) << r.error;
}

TEST_F(RestoreRunnerTest, GoesOnWhereAServiceWasKilled) {
  fill(120);
  ASSERT_NO_FATAL_FAILURE(back_up());
  std::latch at_work(1), stopped(1);
  std::atomic<int> uploads{0};
  other.before_upload = [&] {
    if (++uploads == 2) at_work.count_down(), stopped.wait();
  };
  RestoreId id;
  {
    auto running = runner();
    id = *running->begin(request(), "tester");
    at_work.wait();
    EXPECT_TRUE(running->progress(id));
    std::jthread release([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      stopped.count_down();
    });
    running.reset();  // as when the service ends
  }
  EXPECT_EQ(state->restores().get(id)->state, RunState::kRunning);
  EXPECT_LT(other.size(), 121u);
  other.before_upload = {};
  const auto next = runner();
  ASSERT_TRUE(next->resume_all());
  const auto r = wait_for(id);
  EXPECT_EQ(r.state, RunState::kComplete) << r.error;
  EXPECT_EQ(r.counts.created, 121u) << "of both attempts";
  EXPECT_EQ(r.counts.skipped, 0u);
  EXPECT_EQ(other.size(), 121u) << "nothing twice";
}

TEST_F(RestoreRunnerTest, OneThatFailedGoesOnWhenItIsAsked) {
  fill(30);
  ASSERT_NO_FATAL_FAILURE(back_up());
  const auto r = restore_in_two_attempts(request());
  EXPECT_EQ(r.state, RunState::kComplete) << r.error;
  EXPECT_EQ(other.size(), 31u);
}

TEST_F(RestoreRunnerTest, IsCancelled) {
  fill(120);
  ASSERT_NO_FATAL_FAILURE(back_up());
  std::latch at_work(1), cancelled(1);
  std::atomic<int> uploads{0};
  other.before_upload = [&] {
    if (++uploads == 2) at_work.count_down(), cancelled.wait();
  };
  const auto running = runner();
  const auto id = running->begin(request(), "tester");
  at_work.wait();
  EXPECT_TRUE(running->cancel(*id));
  cancelled.count_down();
  EXPECT_EQ(wait_for(*id).state, RunState::kCancelled);
  EXPECT_LT(other.size(), 121u);
}

TEST_F(RestoreRunnerTest, WritesPstsAndFilesBelowTheRoot) {
  fill(4);
  ASSERT_NO_FATAL_FAILURE(back_up());
  for (const auto& d : schedule.destinations) {
    auto wanted = request(d.place);
    wanted.target = {RestoreTarget::Kind::kPst, {}, {}, {}, {}, 0};
    auto r = restore(wanted);
    EXPECT_EQ(r.state, RunState::kComplete) << r.error;
    EXPECT_EQ(r.counts.created, 5u);
    EXPECT_EQ(r.output, (dir / "root" / ("restore-" + std::to_string(r.id.value))).string());
    EXPECT_EQ(files_in("restore-" + std::to_string(r.id.value), ".pst"), 1u);
    wanted.target = {RestoreTarget::Kind::kFiles, {}, {}, {}, d.is_directory() ? "a" : "b", 0};
    wanted.folders = {"Inbox"};
    wanted.items = {ids[0], ids[4]};
    r = restore(wanted);
    EXPECT_EQ(r.state, RunState::kComplete) << r.error;
    EXPECT_EQ(files_in(wanted.target.directory, ".eml"), 2u);
  }
}

TEST_F(RestoreRunnerTest, NeverWritesOverOrOutOfTheRoot) {
  fill(1);
  ASSERT_NO_FATAL_FAILURE(back_up());
  const auto running = runner();
  auto wanted = request();
  for (const std::string& name : std::vector<std::string>{"..", ".", ".hidden", "a/b", "/tmp/x", "../x",
                                                          "a\nb", std::string(201, 'x')}) {
    wanted.target = {RestoreTarget::Kind::kFiles, {}, {}, {}, name, 0};
    const auto id = running->begin(wanted, "tester");
    ASSERT_FALSE(id) << name;
    EXPECT_EQ(id.error().code, Code::kInvalid);
  }
  std::filesystem::create_directories(dir / "elsewhere");
  std::filesystem::create_directory_symlink(dir / "elsewhere", dir / "root/link");
  std::filesystem::create_directories(dir / "root/there");
  for (const char* name : {"link", "there"}) {
    wanted.target.directory = name;
    EXPECT_EQ(wait_for(*running->begin(wanted, "tester")).state, RunState::kFailed) << name;
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir / "elsewhere"));
  EXPECT_TRUE(std::filesystem::is_empty(dir / "root/there"));
}

TEST_F(RestoreRunnerTest, WithoutARootNoFilesAreWritten) {
  fill(1);
  ASSERT_NO_FATAL_FAILURE(back_up());
  ASSERT_TRUE(state->settings().remove("restore-root"));
  auto wanted = request();
  wanted.target = {RestoreTarget::Kind::kPst, {}, {}, {}, {}, 0};
  const auto r = restore(wanted);
  EXPECT_EQ(r.state, RunState::kFailed);
  EXPECT_NE(r.error.find("restore root"), std::string::npos);
  EXPECT_FALSE(set_restore_root(state->settings(), "relative"));
  EXPECT_FALSE(set_restore_root(state->settings(), dir / "nowhere"));
}

TEST_F(RestoreRunnerTest, AnUndoRemovesWhatWasCreatedAndNobodyChanged) {
  fill(5);
  ASSERT_NO_FATAL_FAILURE(back_up());
  other.add(other_inbox, TestServer::stream_of("somebody's own"));
  const auto done = restore(request());
  ASSERT_EQ(other.size(), 7u);
  auto& read = other.folders.at(other_inbox).items.rbegin()->second.head;
  read.change_key.value = "another", read.read = true;
  RestoreRequest undo;
  undo.undo = static_cast<std::uint64_t>(done.id.value);
  undo.dry_run = true;
  auto r = restore(undo);
  EXPECT_EQ(r.state, RunState::kComplete) << r.error;
  EXPECT_EQ(r.counts.created, 5u);
  EXPECT_EQ(r.counts.skipped, 1u);
  EXPECT_EQ(other.size(), 7u);
  undo.dry_run = false;
  r = restore(undo);
  EXPECT_EQ(r.counts.created, 5u);
  EXPECT_EQ(other.size(), 2u) << "what was changed, and what was there before";
  EXPECT_NE(r.notes.find("1 items were changed since"), std::string::npos) << r.notes;
  EXPECT_TRUE(state->restores().get(done.id)->undone);
  EXPECT_EQ(restore(undo).counts.created, 0u) << "a second one finds nothing";
}

TEST_F(RestoreRunnerTest, AnUndoLeavesWhatAnotherRestoreCreated) {
  fill(4);
  ASSERT_NO_FATAL_FAILURE(back_up());
  auto one = request();
  one.items = {ids[0]};
  const auto first = restore(one);
  const auto second = restore(request());
  EXPECT_EQ(second.counts.created, 4u);
  RestoreRequest undo;
  undo.undo = static_cast<std::uint64_t>(second.id.value);
  EXPECT_EQ(restore(undo).counts.created, 4u);
  EXPECT_EQ(other.size(), 1u);
  undo.undo = static_cast<std::uint64_t>(first.id.value);
  EXPECT_EQ(restore(undo).counts.created, 1u);
  EXPECT_EQ(other.size(), 0u);
}

TEST_F(RestoreRunnerTest, ReplacesWhatDiffersAndAnUndoLeavesThat) {
  fill(3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  restore(request());
  auto& items = other.folders.at(other_inbox).items;
  ASSERT_EQ(items.size(), 3u);
  const auto changed = items.begin()->first;
  const auto backed_up = items.at(changed).stream;
  scribble(changed);
  items.erase(items.rbegin()->first);
  auto wanted = request();
  wanted.if_present = IfPresent::kReplace;
  wanted.dry_run = true;
  EXPECT_EQ(counts_of(restore(wanted)), "1 created, 1 updated, 2 skipped, 0 failed");
  EXPECT_NE(items.at(changed).stream, backed_up);
  wanted.dry_run = false;
  const auto done = restore(wanted);
  EXPECT_EQ(counts_of(done), "1 created, 1 updated, 2 skipped, 0 failed");
  EXPECT_EQ(items.at(changed).stream, backed_up);
  EXPECT_EQ(counts_of(restore(wanted)), "0 created, 0 updated, 4 skipped, 0 failed");
  RestoreRequest undo;
  undo.undo = static_cast<std::uint64_t>(done.id.value);
  const auto undone = restore(undo);
  EXPECT_EQ(undone.counts.created, 1u);
  EXPECT_NE(undone.notes.find("1 items that the restore updated stay"), std::string::npos) << undone.notes;
  EXPECT_EQ(items.size(), 2u);
  EXPECT_TRUE(items.contains(changed));
}

TEST_F(RestoreRunnerTest, CountsUpdatesOfAllAttempts) {
  fill(30);
  ASSERT_NO_FATAL_FAILURE(back_up());
  restore(request());
  for (const auto& [id, item] : other.folders.at(other_inbox).items) scribble(id);
  auto wanted = request();
  wanted.if_present = IfPresent::kReplace;
  EXPECT_EQ(counts_of(restore_in_two_attempts(wanted)), "0 created, 30 updated, 1 skipped, 0 failed");
}

TEST_F(RestoreRunnerTest, CopiesOnceInAllAttempts) {
  fill(30);
  ASSERT_NO_FATAL_FAILURE(back_up());
  restore(request());
  auto wanted = request();
  wanted.if_present = IfPresent::kCopy;
  const auto r = restore_in_two_attempts(wanted);
  EXPECT_EQ(counts_of(r), "31 created, 0 updated, 0 skipped, 0 failed");
  EXPECT_EQ(other.size(), 62u);
  RestoreRequest undo;
  undo.undo = static_cast<std::uint64_t>(r.id.value);
  EXPECT_EQ(restore(undo).counts.created, 31u);
  EXPECT_EQ(other.size(), 31u);
  EXPECT_EQ(counts_of(restore(request())), "0 created, 0 updated, 31 skipped, 0 failed")
      << "the copies went, not what they were made beside";
}

TEST_F(RestoreRunnerTest, RefusesWhatCannotBe) {
  const auto running = runner();
  const auto code_of = [&](RestoreRequest r) { return running->begin(r, "tester").error().code; };
  auto r = request();
  r.point = "nightly";
  EXPECT_EQ(code_of(r), Code::kInvalid);
  r.point = "weekly@latest";
  EXPECT_EQ(code_of(r), Code::kNotFound);
  r = request();
  r.mailbox.clear();
  EXPECT_EQ(code_of(r), Code::kInvalid);
  r = request();
  r.undo = 7;
  EXPECT_EQ(code_of(r), Code::kInvalid) << "an undo says nothing else";
  r = request();
  r.target = {RestoreTarget::Kind::kFiles, {}, {}, {}, {}, 0};
  r.if_present = IfPresent::kReplace;
  EXPECT_EQ(code_of(r), Code::kInvalid) << "files are never replaced";
  RestoreRequest undo;
  undo.undo = 7;
  EXPECT_EQ(code_of(undo), Code::kNotFound);
  EXPECT_EQ(running->cancel({7}).error().code, Code::kNotFound);
  EXPECT_EQ(running->again({7}).error().code, Code::kNotFound);
}

TEST(RestoreRequestJson, IsReadAsItWasWritten) {
  RestoreRequest r;
  r.point = "nightly@2026-11-22T20:00:00Z";
  r.destination = "vault:/x";
  r.mailbox = "ü@example.test";
  r.folders = {"Inbox", "id:abc"};
  r.items = {"i1"};
  r.target = {RestoreTarget::Kind::kPst, {}, {}, {}, "out", 5'000'000};
  r.dry_run = true;
  for (const auto policy : {IfPresent::kCopy, IfPresent::kReplace}) {
    RestoreRequest other = r;
    other.target = {};
    other.if_present = policy;
    const auto same = parse_restore_request(format_json(other));
    ASSERT_TRUE(same) << same.error().what;
    EXPECT_EQ(*same, other);
  }
  const auto back = parse_restore_request(format_json(r));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, r);
  for (const char* bad : {"", "[]", "{}", R"({"point":"n@latest","mailbox":"m","target":{"kind":"tape"}})",
                          R"({"point":"n@latest","mailbox":"m","target":{"kind":"mailbox"}})",
                          R"({"point":"n@latest","mailbox":"m","surprise":1})",
                          R"({"point":"n@latest","mailbox":"m","if_present":"shred"})"}) {
    const auto parsed = parse_restore_request(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
  }
}

TEST(ItemList, GoesOnBehindATornLine) {
  const auto file = std::filesystem::path(testing::TempDir()) / "list/items.jsonl";
  std::filesystem::remove_all(file.parent_path());
  EXPECT_TRUE(read_item_list(file, 0, 10)->lines.empty());
  {
    const auto list = ItemListWriter::open(file);
    ASSERT_TRUE(list) << list.error().what;
    for (int i = 0; i < 3; ++i)
      EXPECT_TRUE((*list)->add({"create", "In\"box", std::to_string(i), {}, {}, {}}));
    EXPECT_TRUE((*list)->finish());
  }
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 5);
  {
    const auto list = ItemListWriter::open(file);
    EXPECT_TRUE((*list)->add({"failed", {}, "3", {}, {}, "why"}));
    EXPECT_TRUE((*list)->finish());
  }
  std::vector<std::string> all;
  std::uint64_t from = 0;
  do {
    const auto page = read_item_list(file, from, 1);
    ASSERT_TRUE(page);
    for (const auto& line : page->lines) all.push_back(line);
    from = page->next;
  } while (from != 0);
  EXPECT_EQ(all, (std::vector<std::string>{R"({"action":"create","folder":"In\"box","item":"0"})",
                                           R"({"action":"create","folder":"In\"box","item":"1"})",
                                           R"({"action":"failed","item":"3","why":"why"})"}));
}

}  // namespace
}  // namespace mk::agent
