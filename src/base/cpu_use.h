#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace mk {

/// How much of the machine a run may take from other work.
enum class CpuUse { kLow, kMedium, kHigh };

/// What that is. Linux keeps nice value, I/O class and cgroup by thread; threads get those of the thread that
/// starts them.
struct CpuShare {
  int nice = 0;         // at least
  int io_priority = 0;  // as ioprio_set(2) takes it; 0: none of its own
  unsigned weight = 0;  // cpu.weight of cgroup v2, of 100; 0: none of its own
};
/// Low: nice 19, I/O when nobody else wants any, weight 10. Medium: nice 10, the lowest best-effort I/O,
/// weight
/// 50. High: as everybody.
CpuShare share_of(CpuUse use);

/// Threads of `n` that a run should have: all, half of them, or one.
int threads_of(CpuUse use, int n);

/// Gives the calling thread, and those it starts from now on, a lower share. There is no way back for a
/// thread without privileges, so it should be one of the run's own: run_with_share().
///
/// Errors: kDenied  the system does not let it; what could be done is done
Status lower_share(const CpuShare& share);

/// Moves the calling thread into a threaded cgroup of that weight below the process' own one, if that was
/// delegated to the process: it may write there and is not root, or systemd says so (Delegate=cpu).
/// `hierarchy`: where cgroup v2 is mounted. `own`: the process' cgroup below it, as in /proc/self/cgroup.
/// Gives whether it did.
bool move_to_cgroup(unsigned weight, const std::filesystem::path& hierarchy, std::string_view own);

/// Calls `f` in a thread of its own with the share of `use`, and waits for it. What cannot be had is logged.
void run_with_share(CpuUse use, const std::function<void()>& f);
template <class F>
auto with_share(CpuUse use, F f) {
  std::optional<decltype(f())> result;
  run_with_share(use, [&] { result.emplace(f()); });
  return *std::move(result);
}

}  // namespace mk
