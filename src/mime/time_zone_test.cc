#include "mime/time_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mime/spec_examples_test.h"

namespace mk::mime {
namespace {

using namespace std::chrono;

FileTime utc(const char* text) { return *parse_utc(text); }
LocalTime at(int y, unsigned m, unsigned d, int hour, int minute = 0) {
  return LocalTime(local_days(year(y) / month(m) / day(d))) + hours(hour) + minutes(minute);
}
TimeZone pacific() {
  auto zone = parse_time_zone_definition(as_bytes(*from_hex(kPacific)));
  EXPECT_TRUE(zone) << zone.error().what;
  return zone ? *std::move(zone) : TimeZone{};
}

TEST(TimeZone, TakesTheEffectiveRuleOfTheExample) {
  const TimeZone z = pacific();
  EXPECT_EQ(z.name, "Pacific Standard Time");
  EXPECT_EQ(z.bias, minutes(480));
  EXPECT_EQ(z.daylight_bias, minutes(-60));
  EXPECT_EQ(z.daylight.in_year(2007), at(2007, 3, 11, 2));
  EXPECT_EQ(z.standard.in_year(2007), at(2007, 11, 4, 2));
}

TEST(TimeZone, ConvertsAroundTheChanges) {
  const TimeZone z = pacific();
  const struct {
    const char* utc;
    LocalTime local;
  } rows[] = {{"2007-01-01T08:00", at(2007, 1, 1, 0)},      {"2007-03-11T09:59", at(2007, 3, 11, 1, 59)},
              {"2007-03-11T10:00", at(2007, 3, 11, 3)},     {"2007-07-01T07:00", at(2007, 7, 1, 0)},
              {"2007-11-04T08:59", at(2007, 11, 4, 1, 59)}, {"2007-11-04T10:00", at(2007, 11, 4, 2)}};
  for (const auto& row : rows) {
    EXPECT_EQ(z.to_local(utc(row.utc)), row.local) << row.utc;
    EXPECT_EQ(z.to_utc(row.local), utc(row.utc)) << row.utc;
  }
  EXPECT_EQ(z.to_local(utc("2007-11-04T09:30")), at(2007, 11, 4, 1, 30));  // for the second time
  EXPECT_EQ(z.to_utc(at(2007, 11, 4, 1, 30)), utc("2007-11-04T08:30"));
  EXPECT_EQ(z.to_utc(at(2007, 3, 11, 2, 30)), utc("2007-03-11T10:30"));  // left out
}

TEST(TimeZone, KnowsTheSouth) {
  TimeZone sydney = pacific();
  sydney.bias = minutes(-600);
  sydney.daylight = {10, 1, 0, 2, 0, 0};
  sydney.standard = {4, 1, 0, 3, 0, 0};
  EXPECT_EQ(sydney.to_local(utc("2026-01-01T00:00")), at(2026, 1, 1, 11));
  EXPECT_EQ(sydney.to_local(utc("2026-07-01T00:00")), at(2026, 7, 1, 10));
  EXPECT_EQ(sydney.to_utc(at(2026, 1, 1, 11)), utc("2026-01-01T00:00"));
}

TEST(TimeZone, ReadsTheOldStructure) {
  // [MS-OXOCAL] 2.2.1.39: western Europe
  const auto z = parse_time_zone_struct(as_bytes(*from_hex(
      "C4FFFFFF00000000C4FFFFFF000000000A00000005000300000000000000000000000300000005000200000000000000")));
  ASSERT_TRUE(z) << z.error().what;
  EXPECT_EQ(z->to_local(utc("2026-07-01T10:00")), at(2026, 7, 1, 12));
  EXPECT_EQ(z->to_local(utc("2026-12-01T10:00")), at(2026, 12, 1, 11));
}

TEST(TimeZone, RefusesDamage) {
  const ByteString whole = *from_hex(kPacific);
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_FALSE(parse_time_zone_definition(as_bytes(whole).first(n))) << n;
  ByteString odd = whole;
  odd[whole.size() - 14] = 13;  // wMonth of stDaylightDate
  EXPECT_FALSE(parse_time_zone_definition(as_bytes(odd)));
}

}  // namespace
}  // namespace mk::mime
