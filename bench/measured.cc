// mk_measured FD COMMAND...: runs a command and writes what it took to file descriptor FD, as one line of
// JSON. What the system calls the peak memory of a process is never below what its parent had when it was
// started: a small parent is needed.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace {

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  const int report = argc < 3 ? -1 : std::atoi(argv[1]);
  if (report < 0 || ::fcntl(report, F_SETFD, FD_CLOEXEC) != 0) {
    std::fputs("usage: mk_measured FD COMMAND [ARGUMENT ...]; FD is open for writing\n", stderr);
    return 2;
  }
  pid_t child = 0;
  int status = 0;
  rusage usage{};
  if (const int failed = ::posix_spawnp(&child, argv[2], nullptr, nullptr, argv + 2, environ); failed != 0) {
    std::fprintf(stderr, "%s cannot be started: error %d\n", argv[2], failed);
    return 2;
  }
  if (::wait4(child, &status, 0, &usage) != child) return 2;
  ::dprintf(report, "{\"user\": %.6f, \"system\": %.6f, \"peak_kib\": %ld}\n", seconds(usage.ru_utime),
            seconds(usage.ru_stime), usage.ru_maxrss);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
