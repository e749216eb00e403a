#include "agent/api/event_feed.h"

#include <gtest/gtest.h>

namespace mk::agent {
namespace {

bool always() { return true; }

TEST(EventFeed, TellsWhatHappensFromNowOn) {
  EventLog log;
  log.add("run", 1);
  EventFeed feed(log, "77", "", always);
  EXPECT_EQ(feed.take(), "retry: 2000\nid: 77-1\n\n");
  EXPECT_EQ(feed.take(), "");
  log.add("run", 5);
  log.add("schedule", 2);
  EXPECT_EQ(feed.take(),
            "id: 77-2\nevent: run\ndata: {\"id\":5}\n\nid: 77-3\nevent: schedule\ndata: {\"id\":2}\n\n");
  EXPECT_EQ(feed.take(), "");
}

TEST(EventFeed, GoesOnWhereAClientWas) {
  EventLog log;
  for (int i = 1; i <= 3; ++i) log.add("run", i);
  EventFeed feed(log, "77", "77-2", always);
  EXPECT_EQ(feed.take(), "retry: 2000\nid: 77-2\n\nid: 77-3\nevent: run\ndata: {\"id\":3}\n\n");
}

TEST(EventFeed, SaysWhenSomethingWasMissed) {
  EventLog log;
  for (int i = 1; i <= 5000; ++i) log.add("run", i);
  for (const char* id : {"76-4999", "77-1", "77-99999", "77-x", "nonsense"}) {
    EventFeed feed(log, "77", id, always);
    EXPECT_TRUE(feed.take()->starts_with("event: reset\n")) << id;
  }
}

TEST(EventFeed, ShowsThatItIsAliveAndEndsWithTheLogin) {
  EventLog log;
  bool allowed = true;
  EventFeed feed(log, "77", "", [&] { return allowed; });
  feed.take();
  std::string all;
  for (int i = 0; i < EventFeed::kQuietTakes; ++i) all += *feed.take();
  EXPECT_EQ(all, ":\n\n");
  allowed = false;
  int takes = 0;
  while (feed.take() && takes < 1000) ++takes;
  EXPECT_EQ(takes, EventFeed::kQuietTakes - 1);
}

TEST(EventFeed, EndsWithTheLog) {
  EventLog log;
  EventFeed feed(log, "77", "", always);
  log.close();
  EXPECT_FALSE(feed.take());
}

}  // namespace
}  // namespace mk::agent
