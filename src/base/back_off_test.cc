#include "base/back_off.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace mk {
namespace {

using namespace std::chrono_literals;

TEST(BackOff, DoublesUpToItsLongestPauseAndLeavesARandomHalfOut) {
  BackOff back_off(200ms, 3s, 1);
  const BackOff::Pause most[] = {200ms, 400ms, 800ms, 1600ms, 3s, 3s};
  for (int i = 0; i < 6; ++i) {
    std::set<BackOff::Pause> seen;
    for (int n = 0; n < 100; ++n) seen.insert(back_off.after(i + 1));
    EXPECT_GE(*seen.begin(), most[i] / 2);
    EXPECT_LE(*seen.rbegin(), most[i]);
    EXPECT_GT(*seen.rbegin() - *seen.begin(), most[i] / 4) << "pauses that hardly differ";
  }
  EXPECT_LE(back_off.after(1'000'000'000), 3s);
  EXPECT_LE(back_off.after(0), 200ms);
}

TEST(BackOff, KeepsALongerPauseThatWasAskedForAndAddsUpToATenth) {
  BackOff back_off(200ms, 3s, 1);
  std::set<BackOff::Pause> seen;
  for (int n = 0; n < 100; ++n) seen.insert(back_off.after(1, 10s));
  EXPECT_GE(*seen.begin(), 10s);
  EXPECT_LE(*seen.rbegin(), 11s);
  EXPECT_GT(seen.size(), 10u);
  EXPECT_GE(back_off.after(5, 1s), 1500ms) << "its own pause is longer";
}

TEST(BackOff, RepeatsItselfWithTheSameSeedOnly) {
  const auto pauses = [](std::uint64_t seed) {
    BackOff back_off(1h, 24h, seed);
    std::vector<BackOff::Pause> out;
    for (int i = 1; i < 5; ++i) out.push_back(back_off.after(i));
    return out;
  };
  EXPECT_EQ(pauses(7), pauses(7));
  EXPECT_NE(pauses(7), pauses(8));
  EXPECT_NE(pauses(0), pauses(0));
}

}  // namespace
}  // namespace mk
