// Kills the run at every single write, sync, cut and rename, and continues it. A backup dies in a child. A
// restore changes its target too, which is memory of this process: there everything fails from the deadly
// step on, which leaves the same behind.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include <fmt/format.h>

#include "job/fixture_test.h"

namespace {
std::atomic<long> g_die_at{0};         // 0: live
std::atomic<bool> g_only_fail{false};  // from then on, instead of ending the process
std::atomic<bool> g_dead{false};
/// False: the operation does not happen.
bool step() {
  if (g_die_at > 0 && --g_die_at == 0) {
    if (!g_only_fail) ::_exit(9);
    g_dead = true;
  }
  if (g_dead) errno = EIO;
  return !g_dead;
}
}  // namespace

// The program's own definitions come before those of libc. Dying before the call leaves the state in which
// the operation did not happen; dying before the next one, the state in which it did.
extern "C" {
ssize_t pwrite(int fd, const void* bytes, size_t n, off_t offset) {
  if (!step()) return -1;
  // Half of a large write may reach the disk.
  if (g_die_at == 1 && n > 1) return ::syscall(SYS_pwrite64, fd, bytes, n / 2, offset);
  return ::syscall(SYS_pwrite64, fd, bytes, n, offset);
}
int fsync(int fd) {
  if (!step()) return -1;
  return static_cast<int>(::syscall(SYS_fsync, fd));
}
int ftruncate(int fd, off_t size) noexcept {
  if (!step()) return -1;
  return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
int rename(const char* from, const char* to) noexcept {
  if (!step()) return -1;
  return static_cast<int>(::syscall(SYS_rename, from, to));
}
}

namespace mk::job {
namespace {

class KillTest : public JobTest {
 protected:
  /// Runs a backup in a child that dies at its n-th step; true when it lived to the end.
  bool run_child(long n, bool incremental) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      g_die_at = n;
      const auto report = backup(incremental);
      ::_exit(report ? 0 : 1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && (WEXITSTATUS(status) == 9 || WEXITSTATUS(status) == 0))
        << "step " << n << " status " << status;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  void expect_continued(long n, bool incremental) {
    SCOPED_TRACE("killed at step " + std::to_string(n));
    const int fetched = server.fetched;
    const auto report = backup(incremental);
    EXPECT_OUTCOME(report, Outcome::kBalanced);
    EXPECT_EQ(state(), on_server());
    EXPECT_LE(server.fetched - fetched, 14);
    expect_sound();
  }
};

TEST_F(KillTest, AFullContinuesFromEveryStep) {
  server.page_size = 4;
  fill(12);
  for (long n = 1;; ++n) {
    std::filesystem::remove_all(options().directory);
    const bool lived = run_child(n, false);
    expect_continued(n, false);
    if (lived || HasFatalFailure()) break;
  }
}

TEST_F(KillTest, AnIncrementalContinuesFromEveryStep) {
  server.page_size = 4;
  fill(6);
  ASSERT_TRUE(backup());
  const auto full = directory.path() / "full";
  std::filesystem::copy(options().directory, full, std::filesystem::copy_options::recursive);
  for (int i = 0; i < 6; ++i) server.add_item(projects, "new " + std::to_string(i));
  server.delete_item(inbox, items[0]);
  server.change_item(inbox, items[1], "changed");
  server.set_read(inbox, items[2], true);
  for (long n = 1;; ++n) {
    std::filesystem::remove_all(options().directory);
    std::filesystem::copy(full, options().directory, std::filesystem::copy_options::recursive);
    const bool lived = run_child(n, true);
    expect_continued(n, true);
    if (lived || HasFatalFailure()) break;
  }
}

TEST_F(KillTest, AKillTwiceInARowLosesNothingEither) {
  server.page_size = 4;
  fill(12);
  for (long first = 5; first < 60; first += 7) {
    for (long second = 1; second < 40; second += 6) {
      std::filesystem::remove_all(options().directory);
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
      if (operation == "upload" || operation == "set_read") other.gone = !step();
    };
  }
  /// True when it lived to the end.
  bool restore_dying(long n) {
    g_only_fail = true;
    g_die_at = n;
    const bool lived = static_cast<bool>(restore());
    g_die_at = 0;
    g_only_fail = g_dead = other.gone = false;
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
