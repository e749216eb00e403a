#include "agent/run/run_queue.h"

#include <gtest/gtest.h>

namespace mk::agent {
namespace {

constexpr RunId kFirst{1}, kSecond{2};

std::vector<RunQueue::Together> tasks(std::int64_t from, std::int64_t to) {
  std::vector<RunQueue::Together> out;
  for (auto i = from; i <= to; ++i) out.push_back({{i}});
  return out;
}

std::int64_t taken(RunQueue& q) {
  const auto next = q.take();
  return next ? next->task.value : 0;
}

TEST(RunQueueTest, TakesTheTasksOfARunInOrderAndAsManyAsItMay) {
  RunQueue q;
  EXPECT_EQ(taken(q), 0);
  q.add(kFirst, tasks(1, 3), 2);
  EXPECT_EQ(taken(q), 1);
  EXPECT_EQ(taken(q), 2);
  EXPECT_EQ(taken(q), 0);
  EXPECT_FALSE(q.done(kFirst, {1}));
  EXPECT_EQ(taken(q), 3);
  EXPECT_FALSE(q.done(kFirst, {2}));
  EXPECT_TRUE(q.done(kFirst, {3}));
  EXPECT_FALSE(q.contains(kFirst));
}

TEST(RunQueueTest, SharesWorkersBetweenRuns) {
  RunQueue q;
  q.add(kFirst, tasks(1, 200), 4);
  EXPECT_EQ(taken(q), 1);
  EXPECT_EQ(taken(q), 2);
  q.add(kSecond, tasks(301, 302), 4);
  EXPECT_EQ(taken(q), 301);
  EXPECT_EQ(taken(q), 302);
  EXPECT_EQ(taken(q), 3);
}

TEST(RunQueueTest, TakesTurnsWhenAllHaveAsManyAtWork) {
  RunQueue q;
  q.add(kFirst, tasks(1, 10), 1);
  q.add(kSecond, tasks(11, 20), 1);
  EXPECT_EQ(taken(q), 1);
  q.done(kFirst, {1});
  EXPECT_EQ(taken(q), 11);
  q.done(kSecond, {11});
  EXPECT_EQ(taken(q), 2);
  q.done(kFirst, {2});
  EXPECT_EQ(taken(q), 12);
}

TEST(RunQueueTest, HoldsAndDrops) {
  RunQueue q;
  q.add(kFirst, tasks(1, 3), 3);
  EXPECT_EQ(taken(q), 1);
  q.hold(kFirst, true);
  EXPECT_EQ(taken(q), 0);
  q.hold(kFirst, false);
  EXPECT_EQ(taken(q), 2);
  EXPECT_FALSE(q.drop(kFirst));
  EXPECT_EQ(taken(q), 0);
  EXPECT_FALSE(q.done(kFirst, {1}));
  EXPECT_TRUE(q.done(kFirst, {2}));
  EXPECT_TRUE(q.drop(kSecond));
}

TEST(RunQueueTest, AddsBehindWhatWaits) {
  RunQueue q;
  q.add(kFirst, tasks(1, 1), 1);
  q.add(kFirst, tasks(2, 2), 1);
  EXPECT_EQ(taken(q), 1);
  q.done(kFirst, {1});
  EXPECT_EQ(taken(q), 2);
}

TEST(RunQueueTest, TakesWhatBelongsTogetherOneAfterAnother) {
  RunQueue q;
  q.add(kFirst, {{{1}, {2}}, {{3}, {4}}, {{5}}}, 2);
  EXPECT_EQ(taken(q), 1);
  EXPECT_EQ(taken(q), 3);
  EXPECT_FALSE(q.done(kFirst, {3}));
  EXPECT_EQ(taken(q), 5);
  EXPECT_FALSE(q.done(kFirst, {5}));
  EXPECT_EQ(taken(q), 4) << "2 waits for 1";
  EXPECT_FALSE(q.done(kFirst, {4}));
  EXPECT_EQ(taken(q), 0);
  EXPECT_FALSE(q.done(kFirst, {1}));
  EXPECT_EQ(taken(q), 2);
  EXPECT_TRUE(q.done(kFirst, {2}));
}

TEST(RunQueueTest, DropsWhatWouldGoAfterATaskAtWork) {
  RunQueue q;
  q.add(kFirst, {{{1}, {2}}}, 2);
  EXPECT_EQ(taken(q), 1);
  EXPECT_FALSE(q.drop(kFirst));
  EXPECT_TRUE(q.done(kFirst, {1}));
}

}  // namespace
}  // namespace mk::agent
