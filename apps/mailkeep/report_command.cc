#include "report_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "agent_client.h"
#include "base/time.h"
#include "run_outcome.h"
#include "time_option.h"

namespace mk::app {
namespace {

constexpr char kFooter[] =
    R"(Ends with 0 when every run of the period is complete, else with the code of the worst of them.
Example:
  mailkeep report --since 2026-11-01 --schedule nightly)";

struct Arguments {
  std::string since, until, schedule;
};

/// Which of two outcomes somebody should look at first.
ExitCode worse(ExitCode a, ExitCode b) {
  const auto weight = [](ExitCode code) {
    constexpr ExitCode kOrder[] = {ExitCode::kOk, ExitCode::kSkipped, ExitCode::kCancelled,
                                   ExitCode::kUnbalanced, ExitCode::kFailed};
    return std::find(std::begin(kOrder), std::end(kOrder), code) - std::begin(kOrder);
  };
  return weight(a) < weight(b) ? b : a;
}

/// All runs that were queued in the period, the newest first.
Result<json::array> runs_of(AgentClient& agent, const Arguments& a) {
  TRY_ASSIGN(const auto since, parse_utc(a.since.empty() ? "1970-01-01" : a.since));
  TRY_ASSIGN(const auto until, parse_utc(a.until.empty() ? "9999-01-01" : a.until));
  const std::string filter = a.schedule.empty() ? "" : "&schedule=" + url_encode(a.schedule);
  json::array out;
  for (std::string before;;) {
    const std::string page = before.empty() ? "" : "&before=" + before;
    TRY_ASSIGN(const auto answer, agent.get(api_path("runs") + "?limit=1000" + filter + page));
    const auto& runs = list_at(answer, "runs");
    for (const auto& run : runs) {
      TRY_ASSIGN(const auto queued, parse_utc(text_at(run, "queued")));
      if (queued >= since && queued < until) out.push_back(run);
    }
    if (runs.size() < 1000) return out;
    before = text_at(runs.back(), "id");
  }
}

void print_report(const json::array& runs) {
  std::map<std::string, std::map<std::string, int>> counts;
  for (const auto& run : runs) ++counts[text_at(run, "schedule")][text_at(run, "state")];
  std::vector<std::vector<std::string>> rows{{"schedule", "state", "runs"}};
  for (const auto& [schedule, states] : counts)
    for (const auto& [state, n] : states) rows.push_back({schedule, state, std::to_string(n)});
  print_table(rows);
  std::vector<std::vector<std::string>> bad{{"run", "schedule", "queued", "state", "code", "error"}};
  for (const auto& r : runs)
    if (text_at(r, "over") == "true" && (text_at(r, "complete") != "true" || outcome_of(r) != ExitCode::kOk))
      bad.push_back({text_at(r, "id"), text_at(r, "schedule"), text_at(r, "queued"), text_at(r, "state"),
                     text_at(r, "code"), text_at(r, "error")});
  if (bad.size() == 1) return;
  fmt::print("\n");
  print_table(bad);
}

Result<ExitCode> tell(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(const auto runs, runs_of(agent, a));
  ExitCode code = ExitCode::kOk;
  for (const auto& run : runs) code = worse(code, outcome_of(run));
  o.json ? print_json(json::object{{"runs", runs}}) : print_report(runs);
  return code;
}

}  // namespace

void add_report_command(CLI::App& app, Action& action) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* const c =
      add_agent_command(app, "report", "Sum up the agent's runs of a period", action,
                        [a](AgentClient& agent, const AgentOptions& o) { return tell(agent, o, *a); });
  c->footer(kFooter);
  c->add_option("--since", a->since, "runs from then on")->check(is_time);
  c->add_option("--until", a->until, "runs before that")->check(is_time);
  c->add_option("--schedule", a->schedule, "only those of this schedule");
}

}  // namespace mk::app
