#include "base/time.h"

#include <gtest/gtest.h>

#include <limits>

namespace mk {
namespace {

TEST(FileTime, FormatsAndParsesTheSameInstant) {
  const struct {
    std::uint64_t ticks;
    const char* text;
  } rows[] = {
      {0, "1601-01-01T00:00:00Z"},
      {1, "1601-01-01T00:00:00.0000001Z"},
      {116'444'736'000'000'000, "1970-01-01T00:00:00Z"},
      {116'444'735'995'000'000, "1969-12-31T23:59:59.5Z"},
      {125'911'584'000'000'000, "2000-01-01T00:00:00Z"},
      {125'963'424'000'000'000 - 1, "2000-02-29T23:59:59.9999999Z"},
      {2'650'467'743'990'000'000, "9999-12-31T23:59:59Z"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(format_utc({row.ticks}), row.text);
    const auto parsed = parse_utc(row.text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->ticks, row.ticks);
  }
}

TEST(FileTime, StaysReadableBeyondTheYear9999) {
  EXPECT_EQ(format_utc({2'650'467'744'000'000'000}), "10000-01-01T00:00:00Z");
  EXPECT_EQ(format_utc({std::numeric_limits<std::uint64_t>::max()}), "60056-05-28T05:36:10.9551615Z");
}

TEST(FileTime, TakesShortFormsAndZones) {
  const struct {
    const char* text;
    const char* same;
  } rows[] = {
      {"2026-11-22", "2026-11-22T00:00:00Z"},
      {"2026-11-22T20:00", "2026-11-22T20:00:00Z"},
      {"2026-11-22 20:00:01", "2026-11-22T20:00:01Z"},
      {"2026-11-22T20:00:00+01:00", "2026-11-22T19:00:00Z"},
      {"2026-11-22T20:00:00-0730", "2026-11-23T03:30:00Z"},
      {"2026-11-22T20:00:00.123456789Z", "2026-11-22T20:00:00.1234567Z"},
      {"2024-02-29", "2024-02-29T00:00:00Z"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    const auto parsed = parse_utc(row.text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(format_utc(*parsed), row.same);
  }
}

TEST(FileTime, RefusesWhatIsNoTimeAndNamesIt) {
  for (const char* text :
       {"", "2026", "2026-13-01", "2026-02-29", "2026-11-22T", "2026-11-22T24:00", "2026-11-22T20:60",
        "26-11-22", "2026-11-22T20:00:00.Z", "2026-11-22T20:00+1", "2026-11-22T20:00Zx",
        "1601-01-01T00:00:00+01:00", "yesterday", "1600-12-31", "2026-11-22T20:00:00+25:00"}) {
    SCOPED_TRACE(text);
    const auto parsed = parse_utc(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
    EXPECT_NE(parsed.error().what.find(text), std::string::npos);
  }
}

TEST(FileTime, GoesToTheSystemClockAndBackWithinItsRange) {
  const auto t = *parse_utc("2026-11-22T20:00:00.1234567Z");
  EXPECT_EQ(to_file_time(to_time_point(t)), t);
  const auto early = to_time_point({0}), late = to_time_point({std::numeric_limits<std::uint64_t>::max()});
  EXPECT_LT(early, to_time_point(t));
  EXPECT_LT(to_time_point(t), late);
}

}  // namespace
}  // namespace mk
