#include "base/ahead.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

namespace mk {
namespace {

TEST(Ahead, GivesValuesInTheOrderInWhichTheyWereAskedFor) {
  for (const unsigned threads : {0u, 1u, 4u}) {
    Ahead<int> ahead(threads);
    int next = 0;
    for (int i = 0; i < 200; ++i) {
      ahead.add([i] {
        if (i % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
        return i;
      });
      while (ahead.size() > 8) EXPECT_EQ(ahead.take(), next++);
    }
    while (ahead.size() > 0) EXPECT_EQ(ahead.take(), next++);
    EXPECT_EQ(next, 200);
  }
}

TEST(Ahead, MakesThemBeforeTheyAreTaken) {
  Ahead<int> ahead(1);
  std::atomic<bool> made = false;
  ahead.add([&] { return made = true, 1; });
  while (!made) std::this_thread::yield();
  EXPECT_EQ(ahead.take(), 1);
}

TEST(Ahead, EndsWithoutWhatNobodyTook) {
  std::atomic<int> made = 0;
  {
    Ahead<std::unique_ptr<int>> ahead(2);
    for (int i = 0; i < 20; ++i) ahead.add([&] { return ++made, std::make_unique<int>(1); });
  }
  EXPECT_EQ(made, 20);
}

}  // namespace
}  // namespace mk
