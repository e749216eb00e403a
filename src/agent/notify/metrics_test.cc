#include "agent/notify/metrics.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <regex>
#include <set>

namespace mk::agent {
namespace {

using testing::HasSubstr;

TEST(Metrics, AreWrittenInTheTextFormat) {
  const Metric metrics[] = {
      {"a_total",
       "Two\nlines, a \\ and a \".",
       Metric::Type::kCounter,
       {{{{"x", "1"}, {"y", "2"}}, 3}, {{}, 0.5}}},
      {"none", "No samples.", Metric::Type::kGauge, {}},
      {"b", "B.", Metric::Type::kGauge, {{{}, 1'800'000'000.0}, {{{"n", ""}}, -1e300}}}};
  EXPECT_EQ(format_metrics(metrics),
            "# HELP a_total Two\\nlines, a \\\\ and a \".\n# TYPE a_total counter\n"
            "a_total{x=\"1\",y=\"2\"} 3\na_total 0.5\n"
            "# HELP b B.\n# TYPE b gauge\nb 1800000000\nb{n=\"\"} -1e+300\n");
}

TEST(Metrics, LetNoLabelBreakOut) {
  const Metric metrics[] = {{"a", "A.", Metric::Type::kGauge, {{{{"x", "q\"} 1\nevil 2\n\\\xFF"}}, 1}}}};
  EXPECT_THAT(format_metrics(metrics), HasSubstr("a{x=\"q\\\"} 1\\nevil 2\\n\\\\\xEF\xBF\xBD\"} 1\n"));
}

TEST(Metrics, WriteNumbersThatAreNone) {
  const double inf = std::numeric_limits<double>::infinity();
  const Metric metrics[] = {{"a", "A.", Metric::Type::kGauge, {{{}, std::nan("")}, {{}, inf}, {{}, -inf}}}};
  EXPECT_THAT(format_metrics(metrics), HasSubstr("a NaN\na +Inf\na -Inf\n"));
}

/// Each line is one that the format allows, each metric is described once, before its samples.
TEST(AgentMetrics, FollowTheGrammar) {
  AgentFigures figures{"0.5", 1'800'000'000, 2, {}};
  figures.schedules.resize(2);
  figures.schedules[0].name = "night \"full\"";
  figures.schedules[0].last_items = 1'234'567'890'123.0;
  figures.schedules[0].failures = 7, figures.schedules[0].running = true;
  figures.schedules[1].name = "b";
  const std::string text = format_metrics(agent_metrics(figures));
  const std::regex comment("# (HELP|TYPE) ([a-z_]+) .+"),
      sample(R"re(([a-z_]+)(\{[a-z]+="([^"\\\n]|\\.)*"(,[a-z]+="([^"\\\n]|\\.)*")*\})? [-+.0-9e]+)re");
  std::set<std::string> described;
  std::smatch found;
  std::size_t at = 0, n = 0;
  for (std::size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1, ++n) {
    const std::string line = text.substr(at, end - at);
    if (std::regex_match(line, found, comment)) {
      EXPECT_TRUE(described.insert(found.str(1) + found.str(2)).second) << line;
    } else {
      ASSERT_TRUE(std::regex_match(line, found, sample)) << line;
      EXPECT_TRUE(described.contains("TYPE" + found.str(1))) << line;
    }
  }
  EXPECT_EQ(at, text.size());
  EXPECT_THAT(text, HasSubstr("mailkeep_last_run_items{schedule=\"night \\\"full\\\"\"} 1234567890123\n"));
  EXPECT_THAT(text,
              HasSubstr("mailkeep_runs_total{schedule=\"night \\\"full\\\"\",outcome=\"failure\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("mailkeep_running{schedule=\"b\"} 0\n"));
}

}  // namespace
}  // namespace mk::agent
