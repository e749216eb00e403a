#include "agent/run/run_summary.h"

#include <algorithm>

#include "agent/check/messages.h"

namespace mk::agent {
namespace {

constexpr std::size_t kPage = 500, kMostRuns = 10'000;

RunSummary::Outcome outcome_of(const Run& run) {
  using Outcome = RunSummary::Outcome;
  if (run.code == message::kMissed) return Outcome::kMissed;
  if (run.state == RunState::kNothingNew || run.state == RunState::kComplete) return Outcome::kSuccess;
  if (run.state == RunState::kCompleteWithSkipped || run.state == RunState::kCancelled)
    return Outcome::kWarning;
  return Outcome::kFailure;
}

}  // namespace

RunSummary summary_of(const Run& run, const std::vector<Task>& tasks) {
  RunSummary s;
  s.schedule = run.schedule_name;
  s.kind = name_of(run.kind);
  s.outcome = outcome_of(run);
  s.start = to_time_point(run.started.value_or(run.queued));
  s.end =
      s.outcome == RunSummary::Outcome::kMissed ? s.start : to_time_point(run.finished.value_or(run.queued));
  s.reason = run.error;
  s.will_retry = run.next_retry.has_value();
  if (!run.code.empty()) s.codes.push_back(run.code);
  std::vector<std::string> mailboxes;
  for (const auto& t : tasks) {
    mailboxes.push_back(t.mailbox);
    s.items += t.items, s.bytes += t.bytes, s.skipped += t.skipped;
    if (!t.code.empty() && std::find(s.codes.begin(), s.codes.end(), t.code) == s.codes.end())
      s.codes.push_back(t.code);
  }
  std::sort(mailboxes.begin(), mailboxes.end());
  s.mailboxes =
      static_cast<std::uint64_t>(std::unique(mailboxes.begin(), mailboxes.end()) - mailboxes.begin());
  return s;
}

Result<std::vector<RunSummary>> runs_since(Runs& runs, FileTime from) {
  std::vector<Run> ended;
  RunQuery query;
  query.limit = kPage;
  for (bool more = true; more && ended.size() < kMostRuns;) {
    TRY_ASSIGN(const auto page, runs.list(query));
    for (const auto& run : page)
      if (run.finished && *run.finished > from) ended.push_back(run);
    more = page.size() == kPage && page.back().queued > from;
    if (more) query.before = page.back().id;
  }
  std::sort(ended.begin(), ended.end(), [](const Run& a, const Run& b) { return *a.finished < *b.finished; });
  std::vector<RunSummary> out;
  for (const auto& run : ended) {
    TRY_ASSIGN(const auto tasks, runs.tasks(run.id));
    out.push_back(summary_of(run, tasks));
  }
  return out;
}

}  // namespace mk::agent
