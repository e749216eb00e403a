#include "agent/notify/metrics.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"

namespace mk::agent {
namespace {

std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : xml_characters(text)) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quotes)
      out += "\\\"";
    else
      out += c;
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

std::string labels_of(const Metric::Sample& sample) {
  std::string out;
  for (const auto& [name, value] : sample.labels)
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "{" : ",", name, escaped(value, true));
  return out.empty() ? "" : out + "}";
}

}  // namespace

std::string format_metrics(std::span<const Metric> metrics) {
  std::string out;
  for (const Metric& m : metrics) {
    if (m.samples.empty()) continue;
    out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", m.name, escaped(m.help, false),
                       m.type == Metric::Type::kCounter ? "counter" : "gauge");
    for (const auto& sample : m.samples)
      out += fmt::format("{}{} {}\n", m.name, labels_of(sample), number(sample.value));
  }
  return out;
}

std::vector<Metric> agent_metrics(const AgentFigures& figures) {
  using OfSchedule = AgentFigures::OfSchedule;
  std::vector<Metric> metrics = {{"mailkeep_info",
                                  "Which mailkeepd this is; always 1.",
                                  Metric::Type::kGauge,
                                  {{{{"version", figures.version}}, 1}}},
                                 {"mailkeep_start_time_seconds",
                                  "When the service started.",
                                  Metric::Type::kGauge,
                                  {{{}, figures.start}}},
                                 {"mailkeep_jobs_waiting",
                                  "Runs that wait for a worker.",
                                  Metric::Type::kGauge,
                                  {{{}, figures.waiting_jobs}}}};
  const auto each = [&](const char* name, const char* help, double OfSchedule::* value) {
    Metric m{name, help, Metric::Type::kGauge, {}};
    for (const auto& s : figures.schedules) m.samples.push_back({{{"schedule", s.name}}, s.*value});
    metrics.push_back(std::move(m));
  };
  each("mailkeep_last_run_start_time_seconds", "When the last run began; 0: never.", &OfSchedule::last_start);
  each("mailkeep_last_success_time_seconds", "When the last complete run ended; 0: never.",
       &OfSchedule::last_success);
  each("mailkeep_next_run_time_seconds", "When the next run is due; 0: never.", &OfSchedule::next_run);
  each("mailkeep_last_run_duration_seconds", "How long the last run took.", &OfSchedule::last_seconds);
  each("mailkeep_last_run_items", "Items that the last run stored.", &OfSchedule::last_items);
  each("mailkeep_last_run_bytes", "Bytes of these items.", &OfSchedule::last_bytes);
  each("mailkeep_last_run_skipped_items", "Items that the last run could not store.",
       &OfSchedule::last_skipped);
  Metric runs{"mailkeep_runs_total", "Runs that ended, by how.", Metric::Type::kCounter, {}};
  Metric running{"mailkeep_running", "1 while a run of the schedule is under way.", Metric::Type::kGauge, {}};
  Metric paused{"mailkeep_paused", "1 while the schedule is paused.", Metric::Type::kGauge, {}};
  for (const auto& s : figures.schedules) {
    const std::pair<const char*, double> outcomes[] = {
        {"success", s.successes}, {"warning", s.warnings}, {"failure", s.failures}, {"missed", s.missed}};
    for (const auto& [outcome, n] : outcomes)
      runs.samples.push_back({{{"schedule", s.name}, {"outcome", outcome}}, n});
    running.samples.push_back({{{"schedule", s.name}}, s.running ? 1.0 : 0.0});
    paused.samples.push_back({{{"schedule", s.name}}, s.paused ? 1.0 : 0.0});
  }
  for (auto* m : {&runs, &running, &paused}) metrics.push_back(std::move(*m));
  return metrics;
}

}  // namespace mk::agent
