#include "agent/notify/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "agent/check/messages.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

namespace mk::agent {
namespace {

using Outcome = RunSummary::Outcome;
using std::chrono::system_clock;

constexpr std::size_t kMaxRunsTold = 1000;
constexpr std::size_t kMaxReasonBytes = 1000;

std::string utc(system_clock::time_point t) {
  return format_utc(to_file_time(std::chrono::floor<std::chrono::seconds>(t)));
}

std::array<std::uint64_t, 4> counts(const std::vector<RunSummary>& runs) {
  std::array<std::uint64_t, 4> n{};
  for (const auto& run : runs) ++n[static_cast<std::size_t>(run.outcome)];
  return n;
}

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string run_line(const RunSummary& run) {
  std::string out = fmt::format("  {}  {}, {}", utc(run.start), printable(run.schedule), run.kind);
  if (run.outcome != Outcome::kMissed)
    out += fmt::format(": {} mailboxes, {} items, {}, {} s", run.mailboxes, run.items, megabytes(run.bytes),
                       std::chrono::round<std::chrono::seconds>(run.end - run.start).count());
  if (run.skipped > 0) out += fmt::format(", {} items skipped", run.skipped);
  if (run.will_retry) out += ", will be tried again";
  if (!run.codes.empty()) out += fmt::format(" [{}]", fmt::join(run.codes, " "));
  if (!run.reason.empty())
    out += "\n      " + printable(std::string_view(run.reason).substr(0, kMaxReasonBytes));
  return out + "\n";
}

std::string section(std::string_view heading, Outcome outcome, const std::vector<RunSummary>& runs) {
  std::string out;
  std::size_t n = 0;
  for (const auto& run : runs)
    if (run.outcome == outcome && ++n <= kMaxRunsTold) out += run_line(run);
  if (n > kMaxRunsTold) out += fmt::format("  and {} more\n", n - kMaxRunsTold);
  return n == 0 ? "" : fmt::format("{} ({})\n{}\n", heading, n, out);
}

/// What the codes of everything but successes mean.
std::string explanations(const std::vector<RunSummary>& runs) {
  std::vector<std::string> told;
  std::string out;
  for (const auto& run : runs) {
    if (run.outcome == Outcome::kSuccess) continue;
    for (const auto& code : run.codes) {
      const Message* m = find_message(code);
      if (m == nullptr || std::find(told.begin(), told.end(), code) != told.end()) continue;
      told.push_back(code);
      out += fmt::format("{}: {}\n  Cause: {}\n  Solution: {}\n\n", m->code, m->title, m->cause, m->solution);
    }
  }
  return out;
}

std::string subject_of(const Digest& digest) {
  const auto [success, warning, failure, missed] = counts(digest.runs);
  const std::string who = "mailkeep on " + digest.agent;
  if (digest.runs.size() == 1)
    return fmt::format("{}: {} of {}, {}", who, outcome_name(digest.runs[0].outcome), digest.runs[0].schedule,
                       digest.runs[0].kind);
  if (digest.runs.empty()) return who + ": no runs";
  std::string what;
  const auto add = [&](std::uint64_t n, const char* one, const char* many) {
    if (n > 0) what += fmt::format("{}{} {}", what.empty() ? "" : ", ", n, n == 1 ? one : many);
  };
  add(failure, "failure", "failures"), add(missed, "missed run", "missed runs");
  add(warning, "warning", "warnings"), add(success, "success", "successes");
  return fmt::format("{}: {}", who, what);
}

std::string codes_json(const std::vector<std::string>& codes) {
  std::string out;
  for (const auto& code : codes) out += (out.empty() ? "" : ",") + json_quote(code);
  return "[" + out + "]";
}

std::string run_json(const RunSummary& run) {
  return fmt::format(
      R"({{"schedule":{},"kind":{},"outcome":"{}","start":"{}","end":"{}","mailboxes":{},"items":{},"bytes":{},)"
      R"("skipped":{},"will_retry":{},"codes":{},"reason":{}}})",
      json_quote(run.schedule), json_quote(run.kind), outcome_name(run.outcome), utc(run.start), utc(run.end),
      run.mailboxes, run.items, run.bytes, run.skipped, run.will_retry, codes_json(run.codes),
      json_quote(std::string_view(run.reason).substr(0, kMaxReasonBytes)));
}

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  constexpr std::string_view kNames[] = {"success", "warning", "failure", "missed"};
  return kNames[static_cast<std::size_t>(outcome)];
}

bool is_sent_at_once(const RunSummary& run, const NotificationRules& rules) {
  if (rules.each_run) return true;
  const bool bad = run.outcome == Outcome::kMissed || (run.outcome == Outcome::kFailure && !run.will_retry);
  return rules.failures_at_once && bad;
}

bool is_digest_due(const NotificationRules& rules, std::chrono::local_seconds last,
                   std::chrono::local_seconds now) {
  if (!rules.digest_at) return false;
  const auto today = std::chrono::floor<std::chrono::days>(now);
  const auto newest = today + *rules.digest_at <= now ? today : today - std::chrono::days(1);
  return last < newest + *rules.digest_at;
}

net::Mail digest_mail(const Digest& digest) {
  std::string text = fmt::format("mailkeep on {}, from {} to {}\n\n", printable(digest.agent),
                                 utc(digest.from), utc(digest.until));
  if (digest.runs.empty()) text += "No run ended in this time.\n\n";
  text += section("Failures", Outcome::kFailure, digest.runs);
  text += section("Missed runs", Outcome::kMissed, digest.runs);
  text += section("Warnings", Outcome::kWarning, digest.runs);
  text += section("Successes", Outcome::kSuccess, digest.runs);
  return {subject_of(digest), text + explanations(digest.runs)};
}

std::string digest_json(const Digest& digest) {
  const auto n = counts(digest.runs);
  std::array<std::size_t, 4> told{};
  std::string runs;
  for (const auto& run : digest.runs)
    if (++told[static_cast<std::size_t>(run.outcome)] <= kMaxRunsTold)
      runs += (runs.empty() ? "" : ",") + run_json(run);
  return fmt::format(
      R"({{"agent":{},"from":"{}","until":"{}","counts":{{"success":{},"warning":{},"failure":{},"missed":{}}},)"
      R"("runs":[{}]}})",
      json_quote(digest.agent), utc(digest.from), utc(digest.until), n[0], n[1], n[2], n[3], runs);
}

}  // namespace mk::agent
