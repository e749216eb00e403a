// Kills the run at every single write, sync, cut and rename, and continues it. A backup dies in a child. A
// restore changes its target too, which is memory of this process: there everything fails from the deadly
// step on, which leaves the same behind.
#include <fmt/format.h>

#include "base/dying_test.h"
#include "job/fixture_test.h"

namespace mk::job {
namespace {

class KillTest : public JobTest {
 protected:
  /// Runs a backup in a child that dies at its n-th step; true when it lived to the end.
  bool run_child(long n, bool incremental) {
    const int end = dying::run_child(n, [&] { return static_cast<bool>(backup(incremental)); });
    EXPECT_TRUE(end == dying::kKilled || end == 0) << "step " << n << " ended with " << end;
    return end == 0;
  }

  void expect_continued(long n, bool incremental) {
    SCOPED_TRACE("killed at step " + std::to_string(n));
    const int fetched = server.fetched;
    const auto report = backup(incremental);
    EXPECT_OUTCOME(report, Outcome::kBalanced);
    EXPECT_EQ(state(), on_server());
    EXPECT_LE(server.fetched - fetched, 14);
    expect_sound();
    expect_only_listed_files(report->manifest);
    most_files = std::max(most_files, report->manifest.sets[0].files.size());
  }

  /// Nothing of an attempt that was given up is left.
  void expect_only_listed_files(const Manifest& m) {
    std::set<std::string> listed{"manifest.jsonl"}, there;
    for (const auto& f : m.files) listed.insert(f.name);
    for (const auto& f : std::filesystem::directory_iterator(options().directory / "points" / m.name))
      there.insert(f.path().filename().string());
    EXPECT_EQ(there, listed);
  }

  /// From what is in `before`, or from nothing.
  void continue_from_every_step(bool incremental, const std::filesystem::path& before = {}) {
    for (long n = 1;; ++n) {
      begin_anew(before);
      const bool lived = run_child(n, incremental);
      expect_continued(n, incremental);
      if (lived || HasFatalFailure()) break;
    }
  }
  void begin_anew(const std::filesystem::path& before = {}) {
    std::filesystem::remove_all(options().directory);
    if (!before.empty())
      std::filesystem::copy(before, options().directory, std::filesystem::copy_options::recursive);
  }
  std::filesystem::path full_backup() {
    EXPECT_TRUE(backup());
    const auto full = directory.path() / "full";
    std::filesystem::copy(options().directory, full, std::filesystem::copy_options::recursive);
    return full;
  }

  std::size_t most_files = 0;  // of one PST
};

TEST_F(KillTest, AFullContinuesFromEveryStep) {
  server.page_size = 4;
  fill(12);
  continue_from_every_step(false);
}

TEST_F(KillTest, AnIncrementalContinuesFromEveryStep) {
  server.page_size = 4;
  fill(6);
  const auto full = full_backup();
  for (int i = 0; i < 6; ++i) server.add_item(projects, "new " + std::to_string(i));
  server.delete_item(inbox, items[0]);
  server.change_item(inbox, items[1], "changed");
  server.set_read(inbox, items[2], true);
  continue_from_every_step(true, full);
}

TEST_F(KillTest, AFullInPartsContinuesFromEveryStep) {
  server.page_size = 4;
  max_pst_bytes = kThreeItems;
  fill_large(7);
  continue_from_every_step(false);
  EXPECT_EQ(most_files, 3u);
}

TEST_F(KillTest, AnIncrementalInPartsContinuesFromEveryStep) {
  server.page_size = 4;
  fill(2);
  const auto full = full_backup();
  max_pst_bytes = kThreeItems;
  fill_large(7);
  server.delete_item(inbox, items[0]);
  server.add_item(projects, "new");
  continue_from_every_step(true, full);
  EXPECT_EQ(most_files, 3u);
}

TEST_F(KillTest, PartsOfAnAttemptWithASmallerLimitAreNotLeft) {
  fill_large(7);
  for (long n = 1;; n += 7) {
    begin_anew();
    max_pst_bytes = kThreeItems;
    const bool lived = run_child(n, false);
    if (lived) break;
    max_pst_bytes = pst::kDefaultPartBytes;
    ASSERT_NO_FATAL_FAILURE(expect_continued(n, false));
  }
}

TEST_F(KillTest, AKillTwiceInARowLosesNothingEither) {
  server.page_size = 4;
  fill(12);
  for (long first = 5; first < 60; first += 7) {
    for (long second = 1; second < 40; second += 6) {
      begin_anew();
      run_child(first, false);
      run_child(second, false);
      expect_continued(first * 1000 + second, false);
      if (HasFatalFailure()) return;
    }
  }
}

class RestoreKillTest : public RestoreTest {
 protected:
  RestoreKillTest() {
    fill(14);
    EXPECT_TRUE(backup());
    for (const int i : {0, 5, 9, 13}) server.set_read(inbox, items[static_cast<std::size_t>(i)], true);
    EXPECT_TRUE(backup(true));
    other.before = [this](const std::string& operation, const std::string&) {
      if (operation == "upload" || operation == "set_read") other.gone = !dying::step();
    };
  }
  /// True when it lived to the end.
  bool restore_dying(long n) {
    dying::only_fail = true;
    dying::at = n;
    const bool lived = static_cast<bool>(restore());
    dying::at = 0;
    dying::only_fail = dying::dead = other.gone = false;
    return lived;
  }
  void expect_finished(const std::string& killed) {
    SCOPED_TRACE("killed at step " + killed);
    const auto report = restore();
    ASSERT_TRUE(report) << report.error().what;
    finished += report->read_finished;
    EXPECT_EQ(in_other(), on_server());
    EXPECT_EQ(read_in(other), read_in(server));
    const auto again = restore();
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_EQ(again->created, 0u);
    EXPECT_EQ(again->read_finished, 0u);
  }
  void begin_anew() {
    empty_other();
    std::filesystem::remove_all(options().directory / "restores");
  }

  std::uint64_t finished = 0;
};

TEST_F(RestoreKillTest, ARestoreIsFinishedFromEveryStep) {
  for (long n = 1;; ++n) {
    begin_anew();
    const bool lived = restore_dying(n);
    ASSERT_NO_FATAL_FAILURE(expect_finished(std::to_string(n)));
    if (lived) break;
  }
  EXPECT_GT(finished, 0u) << "no step lies between an upload and its read state";
}

TEST_F(RestoreKillTest, ARestoreKilledTwiceKeepsWhatTheFirstLeftOpen) {
  for (long first = 1;; ++first) {
    bool lived = false;
    for (long second = 1; second < 12; second += 4) {
      begin_anew();
      lived = restore_dying(first);
      restore_dying(second);
      ASSERT_NO_FATAL_FAILURE(expect_finished(fmt::format("{}, then {}", first, second)));
    }
    if (lived) break;
  }
  EXPECT_GT(finished, 0u);
}

TEST_F(RestoreKillTest, ADryRunTellsOfAnUnsetReadStateAndLeavesIt) {
  for (long n = 1; in_other().empty(); ++n) restore_dying(n);  // the last dies between upload and read state
  auto o = restore_options("bob@example.test");
  o.dry_run = true;
  const auto dry = restore(o);
  ASSERT_TRUE(dry);
  EXPECT_EQ(dry->read_finished, 3u) << format_text(*dry);
  EXPECT_TRUE(read_in(other).empty());
}

TEST_F(RestoreKillTest, AReadStateThatAPersonChangedAfterTheRestoreStays) {
  ASSERT_TRUE(restore());
  for (auto& [id, item] : other.folders[other_inbox].items) item.head.read = false;
  const auto again = restore();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->read_finished, 0u);
  EXPECT_TRUE(read_in(other).empty());
}

}  // namespace
}  // namespace mk::job
