#include "agent/run/housekeeper.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "agent/check/messages.h"
#include "agent/keys/recovery.h"
#include "agent/plan/timing.h"
#include "agent/retain/retain.h"
#include "agent/run/run_summary.h"
#include "agent/state/schedule_json.h"
#include "base/log.h"

namespace mk::agent {
namespace {

constexpr char kLastDigest[] = "last-digest";
constexpr auto kKeyCheckEvery = std::chrono::days(30);

std::string host_name() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0) return "mailkeepd";
  return name;
}

/// Nothing: nobody is to be told.
Result<std::optional<NotificationSettings>> settings_of(AgentState& state) {
  const auto found = state.settings().get(kNotificationSettings);
  if (!found && found.error().code == Code::kNotFound) return std::optional<NotificationSettings>();
  if (!found) return found.error();
  TRY_ASSIGN(auto settings, parse_notifications(found->value));
  return std::optional(std::move(settings));
}

/// A time that is noted in the settings; nothing: never.
Result<std::optional<FileTime>> time_in(AgentState& state, const std::string& key) {
  const auto found = state.settings().get(key);
  if (!found && found.error().code == Code::kNotFound) return std::optional<FileTime>();
  if (!found) return found.error();
  TRY_ASSIGN(const auto time, parse_utc(std::string_view(found->value).substr(1, found->value.size() - 2)));
  return std::optional(time);
}

Status set_time(AgentState& state, const std::string& key, FileTime time) {
  const auto before = state.settings().get(key);
  TRY(state.settings().set(key, before ? before->version : 0, '"' + format_utc(time) + '"'));
  return ok;
}

Moment moment_of(FileTime t) { return std::chrono::floor<std::chrono::seconds>(to_time_point(t)); }

}  // namespace

Housekeeper::Housekeeper(const Workshop& workshop) : workshop_(workshop), thread_([this] { work(); }) {}

Housekeeper::~Housekeeper() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
}

void Housekeeper::work() {
  for (;;) {
    std::function<void()> chore;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return ending_ || !chores_.empty(); });
      if (ending_) return;
      chore = std::move(chores_.front());
      chores_.pop_front();
      busy_ = true;
    }
    chore();
    {
      const std::lock_guard lock(mutex_);
      busy_ = false;
    }
    idle_.notify_all();
  }
}

void Housekeeper::keep(const std::function<Status()>& chore, const std::string& what) {
  {
    const std::lock_guard lock(mutex_);
    chores_.emplace_back([chore, what] {
      if (const auto done = chore(); !done) log_error(what + ": " + done.error().what);
    });
  }
  wake_.notify_all();
}

void Housekeeper::finish() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return chores_.empty() && !busy_; });
}

void Housekeeper::run_ended(RunId run) {
  keep([this, run] { return retain(run); }, fmt::format("retention after run {}", run.value));
  keep([this, run] { return notify(run); }, fmt::format("notification of run {}", run.value));
}

void Housekeeper::look() {
  keep([this] { return send_digest(); }, "digest of runs");
  keep([this] { return remind_of_keys(); }, "reminder of recovery keys");
}

/// For each mailbox of which the run made a whole point; what it says is in the run's log.
Status Housekeeper::retain(RunId id) {
  auto& state = *workshop_.state;
  TRY_ASSIGN(const auto run, state.runs().get(id));
  if (!run.schedule || !is_complete(run.state)) return ok;
  TRY_ASSIGN(const auto saved, state.schedules().get(*run.schedule));
  TRY_ASSIGN(const auto tasks, state.runs().tasks(id));
  std::vector<LogLine> lines;
  const auto now = to_file_time(workshop_.clock->now());
  for (const auto& task : tasks)
    for (const auto& destination : saved.schedule.destinations) {
      if (destination.place != task.destination) continue;
      const auto done = apply_retention({&saved.schedule, &destination, task.mailbox}, workshop_);
      const auto where = task.mailbox + " at " + task.destination + ": ";
      if (!done)
        lines.push_back({0, id, now, std::string(message_code(done.error(), Context::kDestination)),
                         where + done.error().what});
      else if (!done->plan.stopped.empty())
        lines.push_back({0, id, now, std::string(message::kCountDrop), where + done->plan.stopped});
      else if (done->deleted > 0)
        lines.push_back(
            {0, id, now, "", where + fmt::format("{} restore points deleted by retention", done->deleted)});
    }
  return lines.empty() ? Status(ok) : state.runs().add_lines(lines);
}

Status Housekeeper::notify(RunId id) {
  TRY_ASSIGN(const auto settings, settings_of(*workshop_.state));
  if (!settings) return ok;
  TRY_ASSIGN(const auto run, workshop_.state->runs().get(id));
  TRY_ASSIGN(const auto tasks, workshop_.state->runs().tasks(id));
  const auto summary = summary_of(run, tasks);
  if (!is_sent_at_once(summary, settings->rules())) return ok;
  const Digest digest{host_name(), summary.start, summary.end, {summary}};
  return send(*settings, digest, workshop_.state->secrets(), workshop_.clock->now());
}

/// One whose time passed while the service did not run is sent when it does again.
Status Housekeeper::send_digest() {
  auto& state = *workshop_.state;
  TRY_ASSIGN(const auto settings, settings_of(state));
  if (!settings || !settings->digest) return ok;
  const auto now = to_file_time(workshop_.clock->now());
  TRY_ASSIGN(const auto last, time_in(state, kLastDigest));
  if (!last) return set_time(state, kLastDigest, now);  // the first one is about what comes
  Timing daily;
  daily.at = settings->digest_at;
  TRY_ASSIGN(const auto zone, Zone::find(settings->time_zone));
  const auto due = next_time(daily, zone, {}, moment_of(*last));
  if (!due || moment_of(now) < *due) return ok;
  TRY_ASSIGN(auto runs, runs_since(state.runs(), *last));
  TRY(set_time(state, kLastDigest, now));
  if (runs.empty() && !settings->empty_digest) return ok;
  const Digest digest{host_name(), to_time_point(*last), to_time_point(now), std::move(runs)};
  return send(*settings, digest, state.secrets(), workshop_.clock->now());
}

/// Once a month somebody should show that the recovery key of each vault is still there.
Status Housekeeper::remind_of_keys() {
  auto& state = *workshop_.state;
  TRY_ASSIGN(const auto settings, settings_of(state));
  if (!settings) return ok;
  TRY_ASSIGN(const auto schedules, state.schedules().list());
  std::set<std::string> places;
  for (const auto& s : schedules)
    for (const auto& d : s.schedule.destinations)
      if (!d.is_directory() && s.schedule.encryption.mode != Encryption::Mode::kOff) places.insert(d.place);
  for (const auto& place : places) TRY(remind_of_key(place, *settings));
  return ok;
}

Status Housekeeper::remind_of_key(const std::string& place, const NotificationSettings& settings) {
  auto& state = *workshop_.state;
  TRY_ASSIGN(const auto recovery, recovery_state(state, place));
  if (recovery.stage == RecoveryStage::kNone) return ok;
  const auto now = workshop_.clock->now();
  const std::string key = "key-reminder-" + place_name(place);
  TRY_ASSIGN(const auto reminded, time_in(state, key));
  const auto newest = std::max(recovery.proven.value_or(recovery.since), reminded.value_or(FileTime{}));
  if (now - to_time_point(newest) < kKeyCheckEvery) return ok;
  TRY(set_time(state, key, to_file_time(now)));
  RunSummary check;
  check.schedule = place;
  check.kind = "check of the recovery key";
  check.outcome = RunSummary::Outcome::kWarning;
  check.start = check.end = now;
  check.codes = {std::string(message::kKeyCheckDue)};
  return send(settings, Digest{host_name(), now, now, {check}}, state.secrets(), now);
}

}  // namespace mk::agent
