#include "agent/api/throttle.h"

#include <gtest/gtest.h>

namespace mk::agent {
namespace {

using namespace std::chrono_literals;
const Throttle::Time kStart{1000h};

TEST(Throttle, WaitsTwiceAsLongEachTimeUpToALimit) {
  Throttle throttle({.free = 2, .longest = 10s, .max_keys = 10});
  auto now = kStart;
  std::vector<std::chrono::seconds> waits;
  for (int i = 0; i < 8; ++i) {
    throttle.failed("a", now);
    waits.push_back(throttle.wait("a", now));
    now += waits.back();
    EXPECT_EQ(throttle.wait("a", now), 0s);
  }
  EXPECT_EQ(waits, (std::vector<std::chrono::seconds>{0s, 0s, 1s, 2s, 4s, 8s, 10s, 10s}));
  EXPECT_EQ(throttle.wait("b", now), 0s);
}

TEST(Throttle, ForgetsAfterSuccessAndAfterAnHour) {
  Throttle throttle({.free = 0, .longest = 10s, .max_keys = 10});
  throttle.failed("a", kStart);
  throttle.failed("a", kStart);
  EXPECT_EQ(throttle.wait("a", kStart), 2s);
  throttle.succeeded("a");
  EXPECT_EQ(throttle.wait("a", kStart), 0s);
  throttle.failed("b", kStart);
  throttle.failed("b", kStart + 2h);
  EXPECT_EQ(throttle.wait("b", kStart + 2h), 1s);
}

TEST(Throttle, ManyKeysTakeNoMoreRoomAndDoNotFreeAnOldOne) {
  Throttle throttle({.free = 0, .longest = 100s, .max_keys = 50});
  for (int i = 0; i < 3; ++i) throttle.failed("guesser", kStart);
  for (int i = 0; i < 500; ++i) throttle.failed(std::to_string(i), kStart + 1s);
  EXPECT_EQ(throttle.keys(), 50U);
  EXPECT_GT(throttle.wait("guesser", kStart + 1s), 0s);
}

TEST(Throttle, TakesANetworkForOneCaller) {
  EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("2001:db8:1:2::ffff"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
}

}  // namespace
}  // namespace mk::agent
