#include "archive/point_names.h"

#include <gtest/gtest.h>

namespace mk::archive {
namespace {

std::vector<vault::Point> named(const std::vector<std::string>& names) {
  std::vector<vault::Point> points;
  for (const auto& name : names) points.push_back({vault::LogNumber{points.size() + 1}, {}, name, {}});
  return points;
}

TEST(PointNames, TellMailboxesFromPiecesAndFromOtherPoints) {
  const auto points = named({point_name("bob", "2"), point_name("/o=a/cn=alice", "1"), "monday", "mail/",
                             "mail/x", "mail//x", piece_name("bob", "3", 1), point_name("bob", "1"),
                             piece_name("bob", "3", 0), "unfinished/bob/3/x", point_name("bob", "1")});
  const auto all = mail_points(points);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].mailbox, "/o=a/cn=alice");
  EXPECT_EQ(all[1].name, "1");
  EXPECT_EQ(all[1].point.number.value, 11u);  // the later of the two
  EXPECT_EQ(all[2].name, "2");
  EXPECT_EQ(mail_points(points, "bob").size(), 2u);
  const auto pieces = pieces_of(points, "bob");
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces[0].n, 0u);
  EXPECT_EQ(pieces[0].run, "3");
  EXPECT_EQ(pieces[1].point.number.value, 7u);
  EXPECT_TRUE(pieces_of(points, "alice").empty());
}

}  // namespace
}  // namespace mk::archive
