#include "agent/plan/retention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "agent/plan/timings_test.h"

namespace mk::agent {
namespace {

using namespace std::chrono;

HeldPoint full(const char* name, int day, bool verified = true) {
  return {name, "", utc("2027-01-01") + days(day), verified, 1000, 0};
}
HeldPoint incremental(const char* name, const char* base, int day, bool verified = true) {
  return {name, base, utc("2027-01-01") + days(day), verified, 1000, 0};
}

std::string short_fate(Fate fate) {
  static constexpr const char* kShort[] = {"DELETED", "newest", "not replaced", "fulls",   "points", "young",
                                           "items",   "chain",  "broken",       "no rule", "stopped"};
  return kShort[static_cast<int>(fate)];
}

using Lines = std::vector<std::string>;

Lines fates(std::vector<HeldPoint> points, const Retention& r, RetentionUnit unit = RetentionUnit::kChain) {
  Lines lines;
  for (const auto& verdict : plan_retention(std::move(points), r, unit).points)
    lines.push_back(verdict.point + " " + short_fate(verdict.fate));
  return lines;
}

Lines deleted(std::vector<HeldPoint> points, const Retention& r, RetentionUnit unit) {
  Lines names;
  for (const auto& verdict : plan_retention(std::move(points), r, unit).points)
    if (verdict.fate == Fate::kDeleted) names.push_back(verdict.point);
  return names;
}

/// Three fulls with an incremental each, a week apart.
std::vector<HeldPoint> three_weeks() {
  return {full("F1", 0),  incremental("I1", "F1", 3), full("F2", 7), incremental("I2", "F2", 10),
          full("F3", 14), incremental("I3", "F3", 17)};
}

TEST(Retention, WithoutARuleKeepsEverything) {
  EXPECT_EQ(fates({full("F1", 0), full("F2", 1)}, {}), (Lines{"F1 no rule", "F2 newest"}));
  EXPECT_EQ(fates({full("F1", 0), full("F2", 1)}, {.deleted_days = 3}), (Lines{"F1 no rule", "F2 newest"}));
  EXPECT_EQ(fates({}, {.max_fulls = 1}), Lines{});
}

TEST(Retention, TheOldestFullGoesWithItsIncrementalsWhenThereIsOneTooMany) {
  EXPECT_EQ(fates(three_weeks(), {.max_fulls = 3}),
            (Lines{"F1 fulls", "I1 fulls", "F2 fulls", "I2 fulls", "F3 fulls", "I3 newest"}));
  for (const auto unit : {RetentionUnit::kChain, RetentionUnit::kPoint})
    EXPECT_EQ(fates(three_weeks(), {.max_fulls = 2}, unit),
              (Lines{"F1 DELETED", "I1 DELETED", "F2 fulls", "I2 fulls", "F3 fulls", "I3 newest"}));
  auto unordered = three_weeks();
  std::reverse(unordered.begin(), unordered.end());
  EXPECT_EQ(deleted(unordered, {.max_fulls = 2}, RetentionUnit::kChain), (Lines{"F1", "I1"}));
}

TEST(Retention, NothingGoesBeforeWhatReplacesItIsVerified) {
  auto points = three_weeks();
  points[4].verified = false;  // F3
  EXPECT_EQ(fates(points, {.max_fulls = 2}),
            (Lines{"F1 fulls", "I1 fulls", "F2 fulls", "I2 not replaced", "F3 not replaced", "I3 newest"}));
  EXPECT_EQ(fates({full("F1", 0), full("F2", 1, false), full("F3", 2, false)}, {.days = 1}),
            (Lines{"F1 not replaced", "F2 not replaced", "F3 newest"}));
  // what is not verified replaces nothing, but is replaced
  EXPECT_EQ(fates({full("F1", 0, false), full("F2", 1), full("F3", 2)}, {.max_fulls = 2}),
            (Lines{"F1 DELETED", "F2 fulls", "F3 newest"}));
}

TEST(Retention, AVerifiedIncrementalOfAFullThatIsNotReplacesNothing) {
  const std::vector<HeldPoint> points{full("F1", 0), full("F2", 7, false), incremental("I2", "F2", 10),
                                      full("F3", 20, false)};
  EXPECT_EQ(fates(points, {.days = 5}),
            (Lines{"F1 not replaced", "F2 not replaced", "I2 not replaced", "F3 newest"}));
  EXPECT_EQ(fates(points, {.days = 5}, RetentionUnit::kPoint),  // in a vault it stands by itself
            (Lines{"F1 DELETED", "F2 DELETED", "I2 not replaced", "F3 newest"}));
}

TEST(Retention, OfAChainAllPointsGoOrNone) {
  EXPECT_EQ(fates(three_weeks(), {.max_points = 3}),
            (Lines{"F1 DELETED", "I1 DELETED", "F2 chain", "I2 points", "F3 points", "I3 newest"}));
  EXPECT_EQ(fates(three_weeks(), {.max_points = 3}, RetentionUnit::kPoint),
            (Lines{"F1 DELETED", "I1 DELETED", "F2 DELETED", "I2 points", "F3 points", "I3 newest"}));
  EXPECT_EQ(fates({full("F1", 0), incremental("I1", "F1", 1), incremental("I2", "I1", 2)}, {.max_points = 1}),
            (Lines{"F1 chain", "I1 chain", "I2 newest"}));
}

TEST(Retention, AgesCountFromTheNewestPoint) {
  EXPECT_EQ(fates(three_weeks(), {.days = 11}, RetentionUnit::kPoint),  // 17 - 11 = 6
            (Lines{"F1 DELETED", "I1 DELETED", "F2 young", "I2 young", "F3 young", "I3 newest"}));
  EXPECT_EQ(fates(three_weeks(), {.days = 10}, RetentionUnit::kPoint),
            (Lines{"F1 DELETED", "I1 DELETED", "F2 DELETED", "I2 young", "F3 young", "I3 newest"}));
}

TEST(Retention, WhatOneRuleKeepsStays) {
  EXPECT_EQ(fates(three_weeks(), {.max_fulls = 1, .days = 10}),
            (Lines{"F1 DELETED", "I1 DELETED", "F2 chain", "I2 young", "F3 fulls", "I3 newest"}));
  EXPECT_EQ(fates(three_weeks(), {.max_fulls = 2, .max_points = 1}),
            (Lines{"F1 DELETED", "I1 DELETED", "F2 fulls", "I2 fulls", "F3 fulls", "I3 newest"}));
}

TEST(Retention, WhatWasDeletedFromTheMailboxLatelyStays) {
  auto points = three_weeks();
  points[2].deleted = 1;  // F2 at day 7 has not what I1 has
  EXPECT_EQ(fates(points, {.max_points = 1, .deleted_days = 11}, RetentionUnit::kPoint),
            (Lines{"F1 DELETED", "I1 items", "F2 DELETED", "I2 DELETED", "F3 DELETED", "I3 newest"}));
  EXPECT_EQ(fates(points, {.max_points = 1, .deleted_days = 10}, RetentionUnit::kPoint)[1], "I1 DELETED");
  EXPECT_EQ(fates(points, {.max_fulls = 1, .deleted_days = 11}),
            (Lines{"F1 chain", "I1 items", "F2 DELETED", "I2 DELETED", "F3 fulls", "I3 newest"}));
}

TEST(Retention, APointWithoutItsBaseStaysUntilSomebodyDecides) {
  EXPECT_EQ(fates({incremental("I0", "F0", 0), incremental("I1", "I0", 1), full("F2", 2), full("F3", 3),
                   full("F4", 4)},
                  {.max_fulls = 2}),
            (Lines{"I0 broken", "I1 broken", "F2 DELETED", "F3 fulls", "F4 newest"}));
  EXPECT_EQ(fates({incremental("A", "B", 0), incremental("B", "A", 1), full("F", 2)}, {.max_fulls = 1}),
            (Lines{"A broken", "B broken", "F newest"}));
}

TEST(Retention, FewerItemsThanBeforeStopItUntilSomebodyAcceptsThat) {
  auto points = three_weeks();
  points[3].items = 500;  // I2, half of F2
  const RetentionPlan stopped = plan_retention(points, {.max_fulls = 1}, RetentionUnit::kChain);
  EXPECT_EQ(stopped.stopped,
            "I2 has 500 items, the point before had 1000: nothing is deleted, in case they were lost; look "
            "into the "
            "mailbox, then accept the drop");
  EXPECT_EQ(stopped.points.front().fate, Fate::kStopped);
  EXPECT_EQ(fates(points, {.max_fulls = 1}),
            (Lines{"F1 stopped", "I1 stopped", "F2 stopped", "I2 stopped", "F3 fulls", "I3 newest"}));
  const RetentionPlan accepted =
      plan_retention(points, {.max_fulls = 1}, RetentionUnit::kChain, points[3].time);
  EXPECT_EQ(accepted.stopped, "");
  EXPECT_EQ(accepted.points.front().fate, Fate::kDeleted);
  EXPECT_NE(plan_retention(points, {.max_fulls = 1}, RetentionUnit::kChain, points[2].time).stopped, "");
  EXPECT_EQ(fates(points, {.max_fulls = 1, .max_drop_percent = 0})[0], "F1 DELETED");
  points[3].items = 501;
  EXPECT_EQ(plan_retention(points, {.max_fulls = 1}, RetentionUnit::kChain).stopped, "");
  EXPECT_EQ(plan_retention(points, {.max_fulls = 1, .max_drop_percent = 49}, RetentionUnit::kChain)
                .stopped.substr(0, 2),
            "I2");
}

TEST(Retention, ADropOfVeryFewItemsDoesNotStopIt) {
  auto points = three_weeks();
  for (auto& p : points) p.items = kLeastDrop;
  points[5].items = 1;
  EXPECT_EQ(plan_retention(points, {.max_fulls = 1}, RetentionUnit::kChain).stopped, "");
  points[5].items = 0;
  EXPECT_NE(plan_retention(points, {.max_fulls = 1}, RetentionUnit::kChain).stopped, "");
}

TEST(Retention, EachFateHasItsWords) {
  std::vector<std::string_view> texts;
  for (int f = 0; f <= static_cast<int>(Fate::kStopped); ++f) {
    const auto words = fate_text(static_cast<Fate>(f));
    EXPECT_GT(words.size(), 8u);
    EXPECT_EQ(std::count(texts.begin(), texts.end(), words), 0) << words;
    texts.push_back(words);
  }
}

bool has(const std::vector<HeldPoint>& points, const std::string& name) {
  return std::any_of(points.begin(), points.end(), [&](const HeldPoint& p) { return p.name == name; });
}

std::size_t verified_fulls(const std::vector<HeldPoint>& points) {
  return static_cast<std::size_t>(std::count_if(
      points.begin(), points.end(), [](const HeldPoint& p) { return p.verified && p.base.empty(); }));
}

/// What stays can be restored from, and what was promised is there.
void check_promises(const std::vector<HeldPoint>& held, const std::vector<HeldPoint>& stay,
                    const Retention& r, RetentionUnit unit) {
  ASSERT_EQ(stay.back().name, held.back().name);
  EXPECT_GE(verified_fulls(stay), std::min<std::size_t>(r.max_fulls, verified_fulls(held)));
  EXPECT_GE(stay.size(), std::min<std::size_t>(r.max_points, held.size()));
  bool replaced = false;
  for (auto p = held.rbegin(); p != held.rend(); ++p) {
    const bool gone = !has(stay, p->name);
    EXPECT_TRUE(!gone || replaced) << p->name;
    EXPECT_TRUE(!gone || held.back().time - p->time >= days(r.days)) << p->name;
    EXPECT_TRUE(gone || unit == RetentionUnit::kPoint || p->base.empty() || has(stay, p->base)) << p->name;
    replaced = replaced || p->verified;
  }
}

TEST(Retention, KeepsWhatItPromisesInAnyHistory) {
  std::size_t n_deleted = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    const auto unit = below(2) == 0 ? RetentionUnit::kChain : RetentionUnit::kPoint;
    const Retention r{.max_fulls = below(4), .max_points = below(6), .days = below(20)};
    std::vector<HeldPoint> held;
    for (int day = 0; day < 60; ++day) {
      const std::string base = held.empty() || below(4) == 0 ? "" : held.back().name;
      held.push_back({std::to_string(day), base, utc("2027-01-01") + days(day), below(4) > 0, 1000, 0});
      std::vector<HeldPoint> stay;
      const RetentionPlan plan = plan_retention(held, r, unit);
      for (std::size_t i = 0; i < held.size(); ++i)
        if (plan.points[i].fate != Fate::kDeleted) stay.push_back(held[i]);
      check_promises(held, stay, r, unit);
      n_deleted += held.size() - stay.size();
      held = std::move(stay);
    }
  }
  EXPECT_GT(n_deleted, 200u);
}

}  // namespace
}  // namespace mk::agent
