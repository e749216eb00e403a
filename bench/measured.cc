// mk_measured FD COMMAND...: runs a command and writes what it took to file descriptor FD, as one line of
// JSON. What the system calls the peak memory of a process is never below what its parent had when it was
// started: a small parent is needed. "read" are the bytes that its reads gave, from files and all else; what
// it maps does not count.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

/// Of a process that has ended and was not waited for; -1: the kernel does not tell.
long long bytes_read(pid_t process) {
  std::FILE* io = std::fopen(("/proc/" + std::to_string(process) + "/io").c_str(), "r");
  if (io == nullptr) return -1;
  long long bytes = -1;
  if (std::fscanf(io, "rchar: %lld", &bytes) != 1) bytes = -1;
  std::fclose(io);
  return bytes;
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
  siginfo_t ended{};
  if (::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) != 0) return 2;
  const long long read = bytes_read(child);
  if (::wait4(child, &status, 0, &usage) != child) return 2;
  ::dprintf(report, "{\"user\": %.6f, \"system\": %.6f, \"peak_kib\": %ld, \"read\": %lld}\n",
            seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss, read);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
