#include <algorithm>

#include "agent/api/input.h"
#include "agent/api/question.h"
#include "agent/api/routes.h"
#include "agent/api/schedule_view.h"
#include "agent/run/connectivity.h"
#include "agent/state/schedule_json.h"

namespace mk::agent {
namespace {

constexpr std::int64_t kMostRuns = 1000, kUsualRuns = 10;

std::string_view name_of(Cause cause) {
  switch (cause) {
    case Cause::kTime:
      return "time";
    case Cause::kCreation:
      return "creation";
    case Cause::kStart:
      return "start";
    case Cause::kSaved:
      break;
  }
  return "saved";
}

json::object json_of(const Schedule& schedule) {
  const Protection protection = protection_of(schedule);
  return {{"protection", protection.text},
          {"not_encrypted", protection.not_encrypted},
          {"schedule", json::parse(format_json(schedule))}};
}

json::object json_of(const SavedSchedule& saved) {
  json::object out = json_of(saved.schedule);
  out["id"] = saved.id.value;
  out["version"] = saved.version;
  out["created"] = format_utc(saved.created);
  out["changed"] = format_utc(saved.changed);
  return out;
}

json::array json_of(const std::vector<PlannedRun>& runs) {
  json::array out;
  for (const auto& run : runs)
    out.push_back(json::object{{"kind", run.kind == job::Kind::kFull ? "full" : "incremental"},
                               {"at", format_utc(to_file_time(run.at))},
                               {"cause", name_of(run.cause)},
                               {"for_incremental", run.for_incremental}});
  return out;
}

Result<SavedSchedule> find(const Call& call, Agent& agent) {
  return agent.state().schedules().find(call.path.at("name"));
}

Result<net::HttpReply> list(Agent& agent) {
  TRY_ASSIGN(const auto all, agent.state().schedules().list());
  json::array out;
  for (const auto& s : all) out.push_back(json_of(s));
  return reply_of(json::object{{"schedules", std::move(out)}});
}

Result<net::HttpReply> get(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto saved, find(call, agent));
  return versioned_reply(json_of(saved), saved.version);
}

Result<net::HttpReply> add(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto input, Input::of(call.request));
  TRY_ASSIGN(const auto schedule, parse_schedule(input.rest()));
  call.object = schedule.name;
  call.detail = protection_of(schedule).text;
  TRY_ASSIGN(const auto saved, agent.add_schedule(schedule));
  return versioned_reply(json_of(saved), saved.version, 201);
}

Result<net::HttpReply> replace(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(const auto member, input.optional_number("version"));
  TRY_ASSIGN(const auto version, expected_version(call, member));
  TRY_ASSIGN(const auto schedule, parse_schedule(input.rest()));
  TRY_ASSIGN(const auto before, find(call, agent));
  call.detail = protection_of(schedule).text;
  TRY_ASSIGN(const auto saved, agent.replace_schedule(before.id, version, schedule));
  return versioned_reply(json_of(saved), saved.version);
}

Result<net::HttpReply> remove(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto version, expected_version(call));
  TRY_ASSIGN(const auto saved, find(call, agent));
  TRY(agent.remove_schedule(saved.id, version));
  return no_content();
}

/// What would be refused is refused here, too; nothing is saved.
Result<net::HttpReply> check_only(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto input, Input::of(call.request));
  TRY_ASSIGN(const auto schedule, parse_schedule(input.rest()));
  for (const auto& source : schedule.sources) TRY(agent.state().connections().get(source.connection));
  if (!schedule.encryption.secret.empty()) TRY(agent.state().secrets().get(schedule.encryption.secret));
  TRY_ASSIGN(const auto planner, Planner::make(schedule));
  const Moment now = std::chrono::floor<std::chrono::seconds>(agent.clock().now());
  json::object out = json_of(schedule);
  out["next"] = json_of(planner.next_runs(planner.created(now), now, kUsualRuns));
  return reply_of(out);
}

/// A schedule may be tested before it is saved.
Result<net::HttpReply> test(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto input, Input::of(call.request));
  TRY_ASSIGN(const auto schedule, parse_schedule(input.rest()));
  call.object = schedule.name;
  const Question question;
  TRY(question.admitted());
  TRY_ASSIGN(const auto tested, check_connectivity(schedule, agent.workshop()));
  json::array out;
  for (const auto& thing : tested)
    out.push_back(json::object{{"kind", kind_name(thing.kind)},
                               {"name", thing.name},
                               {"checks", json::parse(format_json(thing.checks))}});
  return reply_of(json::object{{"tested", std::move(out)}});
}

Result<net::HttpReply> next(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto n, query_number(call, "n", {1, kMostRuns, kUsualRuns}));
  TRY_ASSIGN(const auto saved, find(call, agent));
  TRY_ASSIGN(const auto runs, agent.next_runs(saved.id, static_cast<std::size_t>(n)));
  return reply_of(json::object{{"time_zone", saved.schedule.time_zone}, {"next", json_of(runs)}});
}

Result<std::vector<SelectedMailbox>> mailboxes_of(Input& input, const Schedule& schedule) {
  TRY_ASSIGN(const auto given, input.list("mailboxes"));
  std::vector<SelectedMailbox> out;
  for (const auto& mailbox : given) {
    const auto text = [&](const char* name) {
      const json::value* const value = mailbox.if_contains(name);
      return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
    };
    SelectedMailbox m{text("connection"), text("address")};
    if (m.connection.empty() && schedule.sources.size() == 1)
      m.connection = schedule.sources.front().connection;
    const auto is_it = [&](const Source& source) { return source.connection == m.connection; };
    if (std::none_of(schedule.sources.begin(), schedule.sources.end(), is_it))
      return Error{Code::kInvalid, "mailboxes: `connection` must be one of the schedule's"};
    if (m.address.empty() || mailbox.size() > 2)
      return Error{Code::kInvalid, "mailboxes: each is {\"connection\": ..., \"address\": ...}"};
    out.push_back(std::move(m));
  }
  return out;
}

Result<net::HttpReply> run_now(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto saved, find(call, agent));
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(const auto kind, input.text("kind"));
  if (kind != "full" && kind != "incremental")
    return Error{Code::kInvalid, "kind: is not \"full\" or \"incremental\""};
  TRY_ASSIGN(const auto mailboxes, mailboxes_of(input, saved.schedule));
  TRY(input.finish());
  call.detail = kind;
  for (const auto& m : mailboxes) call.detail += " " + m.address;
  TRY_ASSIGN(const auto run,
             agent.run_now(saved.id, kind == "full" ? RunKind::kFull : RunKind::kIncremental, mailboxes));
  return reply_of(json::object{{"run", run.value}}, 202);
}

}  // namespace

void add_schedule_routes(Router& router, Agent& agent) {
  constexpr char kAll[] = "/api/v1/schedules";
  constexpr char kOne[] = "/api/v1/schedules/{name}";
  router.add({"GET", kAll, kReaders, "", [&](Call&) { return list(agent); }});
  router.add({"POST", kAll, kOperators, "schedule.add", [&](Call& call) { return add(call, agent); }});
  router.add(
      {"POST", "/api/v1/schedules/check", kReaders, "", [&](Call& call) { return check_only(call, agent); }});
  router.add({"POST", "/api/v1/schedules/test", kOperators, "schedule.test",
              [&](Call& call) { return test(call, agent); }});
  router.add({"GET", kOne, kReaders, "", [&](Call& call) { return get(call, agent); }});
  router.add({"PUT", kOne, kOperators, "schedule.change", [&](Call& call) { return replace(call, agent); }});
  router.add(
      {"DELETE", kOne, kOperators, "schedule.remove", [&](Call& call) { return remove(call, agent); }});
  router.add(
      {"GET", "/api/v1/schedules/{name}/next", kReaders, "", [&](Call& call) { return next(call, agent); }});
  router.add({"POST", "/api/v1/schedules/{name}/run", kOperators, "schedule.run",
              [&](Call& call) { return run_now(call, agent); }});
}

}  // namespace mk::agent
