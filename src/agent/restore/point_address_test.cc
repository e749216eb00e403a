#include "agent/restore/point_address.h"

#include <gtest/gtest.h>

namespace mk::agent {
namespace {

TEST(PointAddress, IsWhatItWasWrittenAs) {
  const FileTime t = *parse_utc("2026-11-22T20:00:00Z");
  for (const PointAddress& a :
       {PointAddress{"nightly", t}, PointAddress{"nightly", {}}, PointAddress{"alice@example.com", t},
        PointAddress{"odd@", {}}, PointAddress{"@", t}, PointAddress{"a@latest", t},
        PointAddress{"ü / ñ", {}}}) {
    const auto back = parse_point(format_point(a));
    ASSERT_TRUE(back) << back.error().what;
    EXPECT_EQ(*back, a) << format_point(a);
  }
}

TEST(PointAddress, TakesTimesAsPeopleWriteThem) {
  EXPECT_EQ(parse_point("n@2026-11-22T21:00+01:00")->at, *parse_utc("2026-11-22T20:00:00Z"));
  EXPECT_EQ(parse_point("n@2026-11-22")->at, *parse_utc("2026-11-22T00:00:00Z"));
}

TEST(PointAddress, SaysWhatIsWrong) {
  for (const char* text : {"", "nightly", "@latest", "nightly@", "nightly@newest", "alice@example.com"}) {
    const auto parsed = parse_point(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
  }
}

}  // namespace
}  // namespace mk::agent
