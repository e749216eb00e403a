#include <algorithm>
#include <array>

#include "agent/api/input.h"
#include "agent/api/routes.h"

namespace mk::agent {
namespace {

constexpr std::int64_t kMostRuns = 1000, kUsualRuns = 100, kMostLines = 10'000, kUsualLines = 1000;
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

json::value id_of(const std::optional<ScheduleId>& id) { return id ? json::value(id->value) : json::value(); }

json::object json_of(const Run& r) {
  return {{"id", r.id.value},
          {"schedule_id", id_of(r.schedule)},
          {"schedule", r.schedule_name},
          {"kind", name_of(r.kind)},
          {"trigger", name_of(r.trigger)},
          {"state", name_of(r.state)},
          {"over", is_over(r.state)},
          {"complete", is_complete(r.state)},
          {"queued", format_utc(r.queued)},
          {"started", agent::json_of(r.started)},
          {"finished", agent::json_of(r.finished)},
          {"next_retry", agent::json_of(r.next_retry)},
          {"attempt", r.attempt},
          {"code", r.code},
          {"error", r.error}};
}

json::object json_of(const Task& t) {
  return {{"id", t.id.value},
          {"connection", t.connection},
          {"mailbox", t.mailbox},
          {"destination", t.destination},
          {"state", name_of(t.state)},
          {"attempts", t.attempts},
          {"items", t.items},
          {"bytes", t.bytes},
          {"skipped", t.skipped},
          {"point", t.point},
          {"code", t.code},
          {"error", t.error}};
}

json::object json_of(const Runner::TaskProgress& p) {
  return {{"task", p.task.value},   {"phase", p.phase}, {"items", p.items},
          {"expected", p.expected}, {"bytes", p.bytes}, {"skipped", p.skipped}};
}

Result<RunId> run_of(const Call& call) {
  TRY_ASSIGN(const auto n, path_number(call, "run"));
  return RunId{n};
}

Result<RunState> parse_state(const std::string& name) {
  std::string names;
  for (int i = 0; i <= static_cast<int>(RunState::kCancelled); ++i) {
    const auto state = static_cast<RunState>(i);
    if (name_of(state) == name) return state;
    names += (names.empty() ? "" : ", ") + std::string(name_of(state));
  }
  return Error{Code::kInvalid, "state: is none of " + names};
}

Result<net::HttpReply> list(Call& call, Agent& agent) {
  RunQuery query;
  if (const auto it = call.query.find("schedule"); it != call.query.end()) {
    TRY_ASSIGN(const auto saved, agent.state().schedules().find(it->second));
    query.schedule = saved.id;
  }
  if (const auto it = call.query.find("state"); it != call.query.end()) {
    TRY_ASSIGN(query.state, parse_state(it->second));
  }
  TRY_ASSIGN(const auto before, query_number(call, "before", {1, kEnd, 0}));
  if (before != 0) query.before = RunId{before};
  TRY_ASSIGN(const auto limit, query_number(call, "limit", {1, kMostRuns, kUsualRuns}));
  query.limit = static_cast<std::size_t>(limit);
  TRY_ASSIGN(const auto runs, agent.state().runs().list(query));
  json::array out;
  for (const auto& run : runs) out.push_back(json_of(run));
  return reply_of(json::object{{"runs", std::move(out)}});
}

Result<net::HttpReply> get(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto id, run_of(call));
  TRY_ASSIGN(const auto run, agent.state().runs().get(id));
  TRY_ASSIGN(const auto tasks, agent.state().runs().tasks(id));
  json::array of_tasks, of_progress;
  for (const auto& task : tasks) of_tasks.push_back(json_of(task));
  for (const auto& progress : agent.progress(id)) of_progress.push_back(json_of(progress));
  return reply_of(json::object{
      {"run", json_of(run)}, {"tasks", std::move(of_tasks)}, {"progress", std::move(of_progress)}});
}

Result<net::HttpReply> log(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto id, run_of(call));
  TRY(agent.state().runs().get(id));
  TRY_ASSIGN(const auto after, query_number(call, "after", {0, kEnd, 0}));
  TRY_ASSIGN(const auto limit, query_number(call, "limit", {1, kMostLines, kUsualLines}));
  TRY_ASSIGN(const auto lines, agent.state().runs().lines(id, after, static_cast<std::size_t>(limit)));
  json::array out;
  for (const auto& line : lines)
    out.push_back(json::object{
        {"number", line.number}, {"time", format_utc(line.time)}, {"code", line.code}, {"text", line.text}});
  return reply_of(json::object{{"lines", std::move(out)}});
}

Result<net::HttpReply> ledger(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto id, run_of(call));
  TRY_ASSIGN(const auto task, path_number(call, "task"));
  TRY_ASSIGN(const auto signed_one, agent.state().runs().ledger(TaskId{task}));
  if (!signed_one || signed_one->run != id)
    return Error{Code::kNotFound, "the task has no ledger, or is not of this run"};
  return reply_of(json::object{{"run", signed_one->run.value},
                               {"task", signed_one->task.value},
                               {"mailbox", signed_one->mailbox},
                               {"destination", signed_one->destination},
                               {"point", signed_one->point},
                               {"signed_at", format_utc(signed_one->signed_at)},
                               {"text", signed_one->text},
                               {"signed_bytes", to_base64(as_bytes(signed_bytes(*signed_one)))},
                               {"signature", to_hex(signed_one->signature)},
                               {"genuine", verify(agent.state().signing_key().public_key(), *signed_one)}});
}

using Act = Status (Agent::*)(RunId);

Result<net::HttpReply> act(Call& call, Agent& agent, Act what) {
  TRY_ASSIGN(const auto id, run_of(call));
  TRY_ASSIGN(const auto run, agent.state().runs().get(id));
  call.detail = run.schedule_name;
  TRY((agent.*what)(id));
  TRY_ASSIGN(const auto after, agent.state().runs().get(id));
  return reply_of(json_of(after));
}

}  // namespace

void add_run_routes(Router& router, Agent& agent) {
  router.add({"GET", "/api/v1/runs", kReaders, "", [&](Call& call) { return list(call, agent); }});
  router.add({"GET", "/api/v1/runs/{run}", kReaders, "", [&](Call& call) { return get(call, agent); }});
  router.add({"GET", "/api/v1/runs/{run}/log", kReaders, "", [&](Call& call) { return log(call, agent); }});
  router.add({"POST", "/api/v1/runs/{run}/pause", kOperators, "run.pause",
              [&](Call& call) { return act(call, agent, &Agent::pause); }});
  router.add({"POST", "/api/v1/runs/{run}/resume", kOperators, "run.resume",
              [&](Call& call) { return act(call, agent, &Agent::resume); }});
  router.add({"POST", "/api/v1/runs/{run}/cancel", kOperators, "run.cancel",
              [&](Call& call) { return act(call, agent, &Agent::cancel); }});
  router.add({"GET", "/api/v1/runs/{run}/tasks/{task}/ledger", kReaders, "",
              [&](Call& call) { return ledger(call, agent); }});
  router.add({"GET", "/api/v1/signing-key", kAllRoles, "", [&](Call&) -> Result<net::HttpReply> {
                return reply_of(
                    json::object{{"algorithm", "ed25519"},
                                 {"public_key", to_hex(agent.state().signing_key().public_key())}});
              }});
}

}  // namespace mk::agent
