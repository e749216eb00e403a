#include "base/cpu_use.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "base/file.h"

namespace mk {
namespace {

struct Share {
  int nice = 0, io_priority = 0;
  auto operator<=>(const Share&) const = default;
};

/// Nice value and I/O priority of each thread of this process.
std::map<long, Share> shares() {
  std::map<long, Share> out;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    const long id = std::stol(task.path().filename());
    std::ifstream in(task.path() / "stat");
    std::string stat(std::istreambuf_iterator<char>(in), {});
    std::istringstream fields(stat.substr(stat.rfind(')') + 2));  // from the third on
    std::string field;
    for (int i = 3; i <= 19; ++i) fields >> field;
    out[id] = {std::stoi(field), static_cast<int>(syscall(SYS_ioprio_get, 1, id))};
  }
  return out;
}

TEST(CpuUse, ReachesTheThreadsOfARunAndNoOthers) {
  const auto before = shares();
  for (const auto use : {CpuUse::kMedium, CpuUse::kLow}) {
    const long started = with_share(use, [&] {
      std::map<long, Share> during;
      long inner = 0;
      std::jthread([&] { inner = syscall(SYS_gettid), during = shares(); }).join();
      const CpuShare wanted = share_of(use);
      for (const long thread : {syscall(SYS_gettid), inner}) {
        EXPECT_EQ(during[thread].nice, std::max(wanted.nice, before.begin()->second.nice));
        EXPECT_EQ(during[thread].io_priority, wanted.io_priority);
      }
      for (const auto& [thread, share] : before) EXPECT_EQ(during[thread], share);
      return inner;
    });
    EXPECT_NE(started, 0);
  }
  EXPECT_EQ(shares(), before);
}

TEST(CpuUse, LeavesARunAloneThatMayTakeAll) {
  const auto before = shares();
  run_with_share(CpuUse::kHigh, [&] { EXPECT_EQ(shares()[syscall(SYS_gettid)], before.begin()->second); });
}

/// Nice values only grow without privileges; a run that is nicer already stays so.
TEST(CpuUse, NeverRaisesAShare) {
  run_with_share(CpuUse::kLow, [] {
    EXPECT_TRUE(lower_share({.nice = 10}));
    EXPECT_EQ(shares()[syscall(SYS_gettid)].nice, 19);
  });
}

TEST(CpuUse, SaysWhatTheSystemDoesNotAllow) {
  const auto refused = lower_share({.io_priority = 7 << 13});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDenied);
  EXPECT_NE(refused.error().what.find("I/O class"), std::string::npos);
}

TEST(CpuUse, GivesFewerThreadsToLess) {
  EXPECT_EQ(threads_of(CpuUse::kHigh, 4), 4);
  EXPECT_EQ(threads_of(CpuUse::kMedium, 4), 2);
  EXPECT_EQ(threads_of(CpuUse::kMedium, 1), 1);
  EXPECT_EQ(threads_of(CpuUse::kLow, 64), 1);
}

/// Files as cgroup v2 has them, except that they keep what was last written.
class Cgroup : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(root_ / "unit" / "mailkeep-10");
    for (const char* file : {"unit/cgroup.subtree_control", "unit/mailkeep-10/cgroup.type",
                             "unit/mailkeep-10/cpu.weight", "unit/mailkeep-10/cgroup.threads"})
      std::ofstream(root_ / file);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  std::string content(const std::string& file) const { return *read_file(root_ / file); }
  bool mark() const { return setxattr((root_ / "unit").c_str(), "user.delegate", "1", 1, 0) == 0; }
  const std::filesystem::path root_ =
      std::filesystem::path(testing::TempDir()) / fmt::format("mk-cgroup-{}", getpid());
};

TEST_F(Cgroup, TakesTheThreadWhereItWasDelegated) {
  if (geteuid() == 0 && !mark()) GTEST_SKIP() << "root, and no extended attributes here";
  ASSERT_TRUE(move_to_cgroup(10, root_, "/unit"));
  EXPECT_EQ(content("unit/mailkeep-10/cgroup.type"), "threaded");
  EXPECT_EQ(content("unit/cgroup.subtree_control"), "+cpu");
  EXPECT_EQ(content("unit/mailkeep-10/cpu.weight"), "10");
  EXPECT_EQ(content("unit/mailkeep-10/cgroup.threads"), std::to_string(syscall(SYS_gettid)));
}

TEST_F(Cgroup, IsLeftAloneOtherwise) {
  EXPECT_FALSE(move_to_cgroup(10, root_, ""));
  EXPECT_FALSE(move_to_cgroup(10, root_, "/absent"));
  EXPECT_FALSE(move_to_cgroup(0, root_, "/unit"));
  if (geteuid() == 0) {
    EXPECT_FALSE(move_to_cgroup(10, root_, "/unit")) << "root may write everywhere, which says nothing";
  }
  EXPECT_EQ(content("unit/mailkeep-10/cgroup.threads"), "");
}

}  // namespace
}  // namespace mk
