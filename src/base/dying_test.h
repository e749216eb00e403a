#pragma once
// For tests only, in one file of a test program: its n-th write, sync, cut or rename kills the process, or
// fails like all that follow it.
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>

namespace mk::dying {

inline std::atomic<long> at{0};             // 0: live
inline std::atomic<bool> only_fail{false};  // from then on, instead of ending the process
inline std::atomic<bool> dead{false};
constexpr int kKilled = 9;

/// False: the operation does not happen.
inline bool step() {
  if (at > 0 && --at == 0) {
    if (!only_fail) ::_exit(kKilled);
    dead = true;
  }
  if (dead) errno = EIO;
  return !dead;
}

/// Runs `work` in a child that dies at its n-th step; gives the child's end: 0 when `work` was true, 1, or
/// kKilled. -1: it ended in another way.
inline int run_child(long n, const std::function<bool()>& work) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    at = n;
    ::_exit(work() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace mk::dying

// The program's own definitions come before those of libc. Dying before the call leaves the state in which
// the operation did not happen; dying before the next one, the state in which it did.
extern "C" {
ssize_t pwrite(int fd, const void* bytes, size_t n, off_t offset) {
  if (!mk::dying::step()) return -1;
  // Half of a large write may reach the disk.
  if (mk::dying::at == 1 && n > 1) return ::syscall(SYS_pwrite64, fd, bytes, n / 2, offset);
  return ::syscall(SYS_pwrite64, fd, bytes, n, offset);
}
int fsync(int fd) {
  if (!mk::dying::step()) return -1;
  return static_cast<int>(::syscall(SYS_fsync, fd));
}
int ftruncate(int fd, off_t size) noexcept {
  if (!mk::dying::step()) return -1;
  return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
int rename(const char* from, const char* to) noexcept {
  if (!mk::dying::step()) return -1;
  return static_cast<int>(::syscall(SYS_rename, from, to));
}
}
