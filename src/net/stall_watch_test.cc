#include "net/stall_watch.h"

#include <gtest/gtest.h>

namespace mk::net {
namespace {

using namespace std::chrono_literals;

/// Seconds until a transfer of so many bytes a second counts as stalled; 0: never.
int stalls_after(std::chrono::milliseconds longest, std::uint64_t bytes_per_second, int moves_until) {
  StallWatch watch(longest);
  const StallWatch::Time begin{1h};
  watch.start(begin);
  std::uint64_t bytes = 0;
  for (int second = 1; second <= 600; ++second) {
    bytes += second <= moves_until ? 10'000 : bytes_per_second;
    if (watch.is_stalled(begin + std::chrono::seconds(second), bytes)) return second;
  }
  return 0;
}

TEST(StallWatch, CountsFromTheLastSecondThatWasFastEnough) {
  EXPECT_EQ(stalls_after(300s, 0, 0), 300);
  EXPECT_EQ(stalls_after(300s, 99, 0), 300);
  EXPECT_EQ(stalls_after(300s, 100, 0), 0);
  EXPECT_EQ(stalls_after(300s, 0, 100), 400);
  EXPECT_EQ(stalls_after(1s, 0, 0), 1);
}

TEST(StallWatch, TakesABodyThatIsSentAgainAsProgress) {
  StallWatch watch(2s);
  const StallWatch::Time begin{1h};
  watch.start(begin);
  EXPECT_FALSE(watch.is_stalled(begin + 1s, 5'000));
  EXPECT_FALSE(watch.is_stalled(begin + 2s, 10));
  EXPECT_FALSE(watch.is_stalled(begin + 3s, 10));
  EXPECT_TRUE(watch.is_stalled(begin + 4s, 10));
}

TEST(StallWatch, SaysNothingWhileItsTimeStandsStill) {
  StallWatch watch(1s);
  const StallWatch::Time begin{1h};
  watch.start(begin);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(watch.is_stalled(begin + 999ms, 0));
}

}  // namespace
}  // namespace mk::net
