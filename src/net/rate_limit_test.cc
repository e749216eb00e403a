#include "net/rate_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace mk::net {
namespace {

using namespace std::chrono_literals;

/// Time passes only by sleeping.
class FakeClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return {}; }
  std::chrono::steady_clock::time_point steady() const override { return at; }
  void sleep_for(std::chrono::milliseconds d) override {
    sleeps.push_back(d);
    at += d;
  }
  std::chrono::steady_clock::time_point at{1h};
  std::vector<std::chrono::milliseconds> sleeps;
};

TEST(RateLimit, KeepsTheMeanWhateverThePieces) {
  for (const std::uint64_t piece : {1u, 700u, 65'536u, 300'000u}) {
    SCOPED_TRACE(piece);
    FakeClock clock;
    RateLimit limit(100'000, clock);
    const auto begin = clock.at;
    const std::uint64_t n = std::max<std::uint64_t>(10, 300'000 / piece);
    for (std::uint64_t i = 0; i < n; ++i) limit.pass(piece);
    const std::chrono::duration<double> took = clock.at - begin;
    const double bytes_per_second = static_cast<double>(n * piece) / took.count();
    EXPECT_LE(bytes_per_second, 100'000 * 1.04) << "a tenth of a second's worth is ahead at most";
    EXPECT_GE(bytes_per_second, 100'000 * 0.99);
  }
}

TEST(RateLimit, LetsATenthOfASecondPassAfterASilenceAndNoMore) {
  FakeClock clock;
  RateLimit limit(1'000'000, clock);
  limit.pass(100'000);
  EXPECT_TRUE(clock.sleeps.empty());
  limit.pass(50'000);
  EXPECT_EQ(clock.sleeps, std::vector{50ms});
  clock.at += 24h;
  limit.pass(100'000);
  EXPECT_EQ(clock.sleeps.size(), 1u);
  limit.pass(1'000'000);
  EXPECT_EQ(clock.sleeps.back(), 1000ms);
}

/// The second of two calls at one time waits for the first: its clock does not move.
TEST(RateLimit, IsOneForAllThatShareIt) {
  class StoppedClock final : public Clock {
   public:
    std::chrono::system_clock::time_point now() const override { return {}; }
    std::chrono::steady_clock::time_point steady() const override {
      return std::chrono::steady_clock::time_point{1h};
    }
    void sleep_for(std::chrono::milliseconds d) override { sleeps.push_back(d); }
    std::vector<std::chrono::milliseconds> sleeps;
  } clock;
  RateLimit limit(1'000, clock);
  for (int connection = 0; connection < 3; ++connection) limit.pass(1'000);
  EXPECT_EQ(clock.sleeps, (std::vector{900ms, 1900ms, 2900ms}));
}

TEST(RateLimit, AsksForPiecesThatAreWaitedForShortly) {
  EXPECT_EQ(RateLimit(1).piece_bytes(), 1u);
  EXPECT_EQ(RateLimit(160'000).piece_bytes(), 10'000u);
  EXPECT_EQ(RateLimit(std::uint64_t{1} << 60).piece_bytes(), 256u * 1024);
}

}  // namespace
}  // namespace mk::net
