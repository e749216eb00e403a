#include "base/cpu_use.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <thread>

#include "base/log.h"

namespace mk {
namespace {

// ioprio_set(2): a class above 13 bits of level
constexpr int kBestEffortLowest = 2 << 13 | 7, kIdle = 3 << 13;
constexpr int kOfThread = 1;  // IOPRIO_WHO_PROCESS, which is a thread

Error refused(const char* what) {
  return {Code::kDenied, fmt::format("{}: {}", what, std::generic_category().message(errno))};
}

Status lower_nice(int wanted) {
  errno = 0;
  const int now = getpriority(PRIO_PROCESS, 0);
  if (errno == 0 && now >= wanted) return ok;
  return setpriority(PRIO_PROCESS, 0, wanted) == 0 ? Status(ok) : refused("the nice value cannot be set");
}

Status lower_io(int priority) {
  if (syscall(SYS_ioprio_set, kOfThread, 0, priority) == 0) return ok;
  return refused("the I/O class cannot be set");
}

/// One write() to a file of cgroupfs, which takes or refuses it whole.
bool say(const std::filesystem::path& file, std::string_view text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return done;
}

/// systemd marks what it delegates; where everything may be written that is the only sign.
bool is_delegated(const std::filesystem::path& cgroup) {
  char mark = '0';
  const bool marked = getxattr(cgroup.c_str(), "user.delegate", &mark, 1) == 1 && mark == '1';
  return (marked || geteuid() != 0) && access(cgroup.c_str(), W_OK) == 0 &&
         access((cgroup / "cgroup.subtree_control").c_str(), W_OK) == 0;
}

/// The path behind `0::`, which is the line of cgroup v2.
std::string own_cgroup() {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("0::")) return line.substr(3);
  return {};
}

}  // namespace

CpuShare share_of(CpuUse use) {
  if (use == CpuUse::kLow) return {19, kIdle, 10};
  if (use == CpuUse::kMedium) return {10, kBestEffortLowest, 50};
  return {};
}

int threads_of(CpuUse use, int n) {
  if (use == CpuUse::kLow) return std::min(n, 1);
  return use == CpuUse::kMedium ? (n + 1) / 2 : n;
}

Status lower_share(const CpuShare& share) {
  Status nice = share.nice != 0 ? lower_nice(share.nice) : Status(ok);
  Status io = share.io_priority != 0 ? lower_io(share.io_priority) : Status(ok);
  return nice ? io : nice;
}

bool move_to_cgroup(unsigned weight, const std::filesystem::path& hierarchy, std::string_view own) {
  if (weight == 0 || !own.starts_with('/')) return false;
  const auto parent = hierarchy / own.substr(1);
  if (!is_delegated(parent)) return false;
  const auto group = parent / fmt::format("mailkeep-{}", weight);
  if (::mkdir(group.c_str(), 0755) != 0 && errno != EEXIST) return false;
  // threads of one process may be in different cgroups where these are threaded
  return say(group / "cgroup.type", "threaded") && say(parent / "cgroup.subtree_control", "+cpu") &&
         say(group / "cpu.weight", std::to_string(weight)) &&
         say(group / "cgroup.threads", std::to_string(syscall(SYS_gettid)));
}

void run_with_share(CpuUse use, const std::function<void()>& f) {
  std::thread([&] {
    const CpuShare share = share_of(use);
    if (const auto lowered = lower_share(share); !lowered) log_warning(lowered.error().what);
    move_to_cgroup(share.weight, "/sys/fs/cgroup", own_cgroup());
    f();
  }).join();
}

}  // namespace mk
