#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mk::agent {

/// One metric with its samples, as Prometheus takes it.
struct Metric {
  enum class Type { kCounter, kGauge };
  struct Sample {
    std::vector<std::pair<std::string, std::string>> labels;  // names are ours, values any UTF-8
    double value = 0;
  };
  std::string name, help;
  Type type = Type::kGauge;
  std::vector<Sample> samples;
};

inline constexpr char kMetricsType[] = "text/plain; version=0.0.4; charset=utf-8";
/// The text exposition format 0.0.4. A metric without samples is left out.
std::string format_metrics(std::span<const Metric> metrics);

/// What the agent tells of itself. Times are seconds since 1970, 0: never.
struct AgentFigures {
  struct OfSchedule {
    std::string name;
    double last_start = 0, last_success = 0, next_run = 0;
    double last_seconds = 0, last_items = 0, last_bytes = 0, last_skipped = 0;
    double successes = 0, warnings = 0, failures = 0, missed = 0;  // since the agent was installed
    bool running = false, paused = false;
  };
  std::string version;
  double start = 0;  // of the service
  double waiting_jobs = 0;
  std::vector<OfSchedule> schedules;
};
std::vector<Metric> agent_metrics(const AgentFigures& figures);

}  // namespace mk::agent
