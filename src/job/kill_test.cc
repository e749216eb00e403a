// Kills the run at every single write, sync, cut and rename, and continues it.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "job/fixture_test.h"

namespace {
std::atomic<long> g_die_at{0};  // 0: live
void step() {
  if (g_die_at > 0 && --g_die_at == 0) ::_exit(9);
}
}  // namespace

// The program's own definitions come before those of libc. Dying before the call leaves the state in which
// the operation did not happen; dying before the next one, the state in which it did.
extern "C" {
ssize_t pwrite(int fd, const void* bytes, size_t n, off_t offset) {
  step();
  // Half of a large write may reach the disk.
  if (g_die_at == 1 && n > 1) return ::syscall(SYS_pwrite64, fd, bytes, n / 2, offset);
  return ::syscall(SYS_pwrite64, fd, bytes, n, offset);
}
int fsync(int fd) {
  step();
  return static_cast<int>(::syscall(SYS_fsync, fd));
}
int ftruncate(int fd, off_t size) noexcept {
  step();
  return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
int rename(const char* from, const char* to) noexcept {
  step();
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

}  // namespace
}  // namespace mk::job
