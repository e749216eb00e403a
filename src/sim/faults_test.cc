#include "sim/faults.h"

#include <gtest/gtest.h>

namespace mk::sim {
namespace {

std::size_t fired(Faults& faults, const FaultPlace& place) {
  return faults.fire(place, {FaultKind::kBusy}).size();
}

TEST(Faults, CountAfterAndTimes) {
  auto faults = Faults::parse(R"({"faults": [{"fault": "busy", "after": 1, "times": 2}]})");
  ASSERT_TRUE(faults) << faults.error().what;
  std::vector<std::size_t> got;
  for (int i = 0; i < 5; ++i)
    got.push_back(
        fired(*faults, {.operation = "GetItem", .mailbox = {}, .folder = {}, .item_id = {}, .subject = {}}));
  EXPECT_EQ(got, (std::vector<std::size_t>{0, 1, 1, 0, 0}));
}

TEST(Faults, FireOnlyWhereTheyBelong) {
  auto faults = Faults::parse(
      R"({"faults": [{"fault": "busy", "operation": "GetItem", "mailbox": "a@x", "subject": "bud", "index": 2}]})");
  ASSERT_TRUE(faults);
  const FaultPlace right{.operation = "GetItem",
                         .mailbox = "a@x",
                         .folder = {},
                         .item_id = {},
                         .subject = "a budget",
                         .item_index = 2};
  EXPECT_EQ(fired(*faults, right), 1U);
  FaultPlace wrong = right;
  wrong.operation = "FindItem";
  EXPECT_EQ(fired(*faults, wrong), 0U);
  wrong = right;
  wrong.item_index = 1;
  EXPECT_EQ(fired(*faults, wrong), 0U);
  wrong = right;
  wrong.subject = "other";
  EXPECT_EQ(fired(*faults, wrong), 0U);
  EXPECT_TRUE(faults->fire(right, {FaultKind::kReset}).empty());
}

TEST(Faults, ProbabilityIsTheSameForTheSameSeed) {
  const std::string script = R"({"seed": 5, "faults": [{"fault": "busy", "probability": 0.3}]})";
  std::string runs[2];
  for (auto& run : runs) {
    auto faults = Faults::parse(script);
    for (int i = 0; i < 1000; ++i)
      run +=
          fired(*faults, {.operation = "X", .mailbox = {}, .folder = {}, .item_id = {}, .subject = {}}) != 0
              ? '1'
              : '0';
  }
  EXPECT_EQ(runs[0], runs[1]);
  const auto n = std::count(runs[0].begin(), runs[0].end(), '1');
  EXPECT_GT(n, 240);
  EXPECT_LT(n, 360);
}

TEST(Faults, NameWhatIsWrongInAScript) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "fault script"},
      {"[]", "not an object"},
      {"{}", "no array"},
      {R"({"faults": [{"fault": "fire"}]})", "rule 0: \"fire\""},
      {R"({"faults": [{"fault": "busy"}, {"fault": "busy", "time": 1}]})", "rule 1: \"time\""},
      {R"({"faults": [{"fault": "busy", "times": "x"}]})", "\"times\" is not a number"},
      {R"({"faults": [{"fault": "busy", "subject": 1}]})", "\"subject\" is not a string"},
  };
  for (const auto& [script, why] : rows) {
    const auto faults = Faults::parse(script);
    ASSERT_FALSE(faults) << script;
    EXPECT_NE(faults.error().what.find(why), std::string::npos) << faults.error().what;
  }
}

}  // namespace
}  // namespace mk::sim
