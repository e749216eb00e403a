#include "schedule_commands.h"

#include <fmt/format.h>

#include <memory>

#include "base/text.h"
#include "check_table.h"
#include "run_commands.h"
#include "schedule_flags.h"

namespace mk::app {
namespace {

constexpr const char* kFooter = R"(Examples:
  mailkeep schedule add --name nightly --connection office --include '*' --to vault:/srv/backup \
      --full "weekly sun 22:00" --incremental "daily 22:00" --time-zone Europe/Berlin
  mailkeep schedule show nightly --json | jq .schedule > nightly.json
  mailkeep schedule edit nightly nightly.json
  mailkeep schedule run nightly --mailbox anna@example.com)";

struct Arguments {
  std::string name, file, mailbox, place;
  std::vector<std::string> mailboxes;
  std::size_t n = 10;
  bool full = false, wait = false, accept = false;
  ScheduleFlags flags;
};
using Given = std::shared_ptr<Arguments>;

std::string one(const Given& a) { return api_path("schedules", {a->name}); }

/// How it is protected stands wherever a schedule is shown.
void print_protection(const json::value& saved) {
  const bool red = text_at(saved, "not_encrypted") == "true";
  fmt::print(stderr, "{}{}\n", red ? "warning: " : "", printable(text_at(saved, "protection")));
}

void print_runs(const json::value& answer) {
  std::vector<std::vector<std::string>> rows{{"at", "kind", "why"}};
  for (const auto& run : list_at(answer, "next"))
    rows.push_back({text_at(run, "at"), text_at(run, "kind"), text_at(run, "cause")});
  print_table(rows);
}

Result<ExitCode> list(AgentClient& agent, const AgentOptions& o) {
  TRY_ASSIGN(const auto answer, agent.get(api_path("schedules")));
  if (o.json) return print_json(answer), ExitCode::kOk;
  std::vector<std::vector<std::string>> rows{{"name", "state", "protection"}};
  for (const auto& saved : list_at(answer, "schedules")) {
    const json::value& schedule = saved.at("schedule");
    rows.push_back({text_at(schedule, "name"), text_at(schedule, "paused") == "true" ? "paused" : "active",
                    text_at(saved, "protection")});
  }
  print_table(rows);
  return ExitCode::kOk;
}

Result<ExitCode> show(AgentClient& agent, const AgentOptions& o, const Given& a) {
  TRY_ASSIGN(const auto saved, agent.get(one(a)));
  if (o.json) return print_json(saved), ExitCode::kOk;
  for (const auto& member : saved.at("schedule").as_object())
    fmt::print("{}: {}\n", std::string(member.key()), printable(text_at(saved.at("schedule"), member.key())));
  print_protection(saved);
  return ExitCode::kOk;
}

/// Of a file, of flags, or of both: flags change what the file says.
Result<ExitCode> add(AgentClient& agent, const AgentOptions& o, const Given& a) {
  json::object schedule;
  if (!a->file.empty()) {
    TRY_ASSIGN(schedule, read_json(a->file));
  }
  TRY(apply(a->flags, schedule));
  TRY_ASSIGN(const auto saved, agent.post(api_path("schedules"), schedule));
  if (o.json) print_json(saved);
  print_protection(saved);
  return ExitCode::kOk;
}

/// Changes what `change` says of the newest version.
Result<json::value> change(AgentClient& agent, const Given& a,
                           const std::function<Status(json::object&)>& change) {
  TRY_ASSIGN(const auto saved, agent.get(one(a)));
  json::object schedule = saved.at("schedule").as_object();
  TRY(change(schedule));
  schedule["version"] = saved.at("version");
  return agent.put(one(a), schedule);
}

Result<ExitCode> edit(AgentClient& agent, const AgentOptions& o, const Given& a) {
  const auto edited = [&](json::object& schedule) -> Status {
    if (!a->file.empty()) {
      TRY_ASSIGN(schedule, read_json(a->file));
    }
    return apply(a->flags, schedule);
  };
  TRY_ASSIGN(const auto saved, change(agent, a, edited));
  if (o.json) print_json(saved);
  print_protection(saved);
  return ExitCode::kOk;
}

Result<ExitCode> set_paused(AgentClient& agent, const AgentOptions& o, const Given& a, bool paused) {
  const auto set = [&](json::object& schedule) -> Status { return schedule["paused"] = paused, ok; };
  TRY_ASSIGN(const auto saved, change(agent, a, set));
  if (o.json) print_json(saved);
  return ExitCode::kOk;
}

Result<ExitCode> remove(AgentClient& agent, const AgentOptions&, const Given& a) {
  TRY_ASSIGN(const auto saved, agent.get(one(a)));
  TRY(agent.remove(one(a) + "?version=" + text_at(saved, "version")));
  return ExitCode::kOk;
}

Result<ExitCode> next(AgentClient& agent, const AgentOptions& o, const Given& a) {
  TRY_ASSIGN(const auto answer, agent.get(one(a) + "/next?n=" + std::to_string(a->n)));
  o.json ? print_json(answer) : print_runs(answer);
  return ExitCode::kOk;
}

Result<ExitCode> run_now(AgentClient& agent, const AgentOptions& o, const Given& a) {
  json::array mailboxes;
  for (const auto& address : a->mailboxes) mailboxes.push_back(json::object{{"address", address}});
  const json::object body{{"kind", a->full ? "full" : "incremental"}, {"mailboxes", std::move(mailboxes)}};
  TRY_ASSIGN(const auto answer, agent.post(one(a) + "/run", body));
  const std::string run = text_at(answer, "run");
  if (o.json && !a->wait) print_json(answer);
  if (!o.json) fmt::print("run {}\n", run);
  std::fflush(stdout);
  return a->wait ? wait_for_run(agent, o, run) : Result<ExitCode>(ExitCode::kOk);
}

/// What retention would delete; with --accept, far fewer items than before stop it no longer.
Result<ExitCode> retention(AgentClient& agent, const AgentOptions& o, const Given& a) {
  if (a->accept)
    TRY(agent.post(one(a) + "/retention/accept", json::object{{"place", a->place}, {"mailbox", a->mailbox}}));
  const auto query = query_of({{"place", a->place}, {"mailbox", a->mailbox}});
  TRY_ASSIGN(const auto answer, agent.get(one(a) + "/retention" + query));
  if (o.json)
    print_json(answer);
  else
    print_list(list_at(answer, "points"), {"point", "deleted", "why"});
  if (const auto why = text_at(answer, "stopped"); !why.empty())
    fmt::print(stderr, "warning: nothing is deleted: {}\n", printable(why));
  return ExitCode::kOk;
}

Result<ExitCode> check(AgentClient& agent, const AgentOptions& o, const Given& a) {
  TRY_ASSIGN(const auto schedule, read_json(a->file));
  TRY_ASSIGN(const auto answer, agent.post(api_path("schedules/check"), schedule));
  o.json ? print_json(answer) : print_runs(answer);
  print_protection(answer);
  return ExitCode::kOk;
}

/// Ends with 1 when a check failed.
Result<ExitCode> test(AgentClient& agent, const AgentOptions& o, const Given& a) {
  TRY_ASSIGN(const auto saved, agent.get(one(a)));
  TRY_ASSIGN(const auto answer, agent.post(api_path("schedules/test"), saved.at("schedule")));
  if (o.json) print_json(answer);
  bool good = true;
  for (const auto& thing : list_at(answer, "tested")) {
    const auto& checks = list_at(thing, "checks");
    if (!o.json) fmt::print("{} {}\n", text_at(thing, "kind"), printable(text_at(thing, "name")));
    good = (o.json ? none_failed(checks) : print_checks(checks)) && good;
  }
  return good ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace

void add_schedule_commands(CLI::App& app, Action& action) {
  CLI::App& group =
      *app.add_subcommand("schedule", "Schedules of the agent: what it backs up, where to, and when");
  group.require_subcommand(1);
  group.footer(kFooter);
  const auto add_one = [&](const char* name, const char* what, auto run) {
    return add_agent_command_with<Arguments>(group, name, what, action, run);
  };
  const auto add_named = [&](const char* name, const char* what, auto run) {
    const auto made = add_one(name, what, run);
    made.first->add_option("NAME", made.second->name, "the schedule's name")->required();
    return made;
  };
  add_agent_command(group, "list", "List all schedules", action, list);
  add_named("show", "Show a schedule", show);
  const auto [adding, to_add] = add_one("add", "Add a schedule", add);
  adding->add_option("FILE", to_add->file, "JSON file with the schedule; -: standard input");
  add_schedule_flags(*adding, to_add->flags);
  const auto [editing, to_edit] = add_named("edit", "Change a schedule", edit);
  editing->add_option("FILE", to_edit->file, "JSON file with all of it; -: standard input");
  add_schedule_flags(*editing, to_edit->flags);
  const auto [checking, to_check] = add_one("check", "Look at a schedule in a file without saving it", check);
  checking->add_option("FILE", to_check->file, "JSON file; -: standard input")->required();
  add_named("test", "Test connectivity: servers, mailboxes, destinations and the place for dumps", test);
  add_named("remove", "Remove a schedule; its backups stay", remove);
  const auto [nexting, to_come] = add_named("next", "Tell when a schedule runs next", next);
  nexting->add_option("-n", to_come->n, "how many runs")->check(CLI::Range(1, 1000))->capture_default_str();
  const auto [running, to_run] = add_named("run", "Run a schedule now", run_now);
  running->add_flag("--full", to_run->full, "a full instead of an incremental");
  running->add_option("--mailbox", to_run->mailboxes, "only this mailbox, repeatable");
  running->add_flag("--wait", to_run->wait, "until it is over, and end as a backup would that went like it");
  const auto [retaining, to_retain] =
      add_named("retention", "Tell what retention would delete of a mailbox at a destination", retention);
  retaining->add_option("--mailbox", to_retain->mailbox, "whose")->required();
  retaining->add_option("--place", to_retain->place, "one of the schedule's destinations")->required();
  retaining->add_flag("--accept", to_retain->accept,
                      "it is right that the mailbox has far fewer items than before: go on deleting");
  add_named("pause", "Run a schedule no more until it is resumed",
            [](AgentClient& agent, const AgentOptions& o, const Given& a) {
              return set_paused(agent, o, a, true);
            });
  add_named("resume", "Run a paused schedule again",
            [](AgentClient& agent, const AgentOptions& o, const Given& a) {
              return set_paused(agent, o, a, false);
            });
}

}  // namespace mk::app
