#include "run_commands.h"

#include <fmt/format.h>

#include <memory>

#include "base/text.h"
#include "run_outcome.h"

namespace mk::app {
namespace {

struct Arguments {
  std::int64_t run = 0, task = 0, limit = 100;
  std::string schedule, state;
};
using Given = std::shared_ptr<Arguments>;

std::string one(const Given& a) { return api_path("runs", {std::to_string(a->run)}); }

Result<ExitCode> list(AgentClient& agent, const AgentOptions& o, const Given& a) {
  std::string query = "?limit=" + std::to_string(a->limit);
  if (!a->schedule.empty()) query += "&schedule=" + url_encode(a->schedule);
  if (!a->state.empty()) query += "&state=" + url_encode(a->state);
  TRY_ASSIGN(const auto answer, agent.get(api_path("runs") + query));
  if (o.json) return print_json(answer), ExitCode::kOk;
  std::vector<std::vector<std::string>> rows{
      {"run", "schedule", "kind", "state", "queued", "finished", "code"}};
  for (const auto& r : list_at(answer, "runs"))
    rows.push_back({text_at(r, "id"), text_at(r, "schedule"), text_at(r, "kind"), text_at(r, "state"),
                    text_at(r, "queued"), text_at(r, "finished"), text_at(r, "code")});
  print_table(rows);
  return ExitCode::kOk;
}

void print_run(const json::value& found) {
  const json::value& r = found.at("run");
  fmt::print("run {}: {} of {}, {}, attempt {}\n", text_at(r, "id"), text_at(r, "kind"),
             printable(text_at(r, "schedule")), text_at(r, "state"), text_at(r, "attempt"));
  for (const char* member : {"queued", "started", "finished", "next_retry", "code", "error"})
    if (const auto text = text_at(r, member); !text.empty()) fmt::print("{}: {}\n", member, printable(text));
  std::vector<std::vector<std::string>> rows{
      {"task", "mailbox", "destination", "state", "items", "bytes", "skipped", "point", "code"}};
  for (const auto& t : list_at(found, "tasks"))
    rows.push_back({text_at(t, "id"), text_at(t, "mailbox"), text_at(t, "destination"), text_at(t, "state"),
                    text_at(t, "items"), text_at(t, "bytes"), text_at(t, "skipped"), text_at(t, "point"),
                    text_at(t, "code")});
  if (rows.size() > 1) print_table(rows);
  for (const auto& p : list_at(found, "progress"))
    fmt::print("task {}: {} {} of {}\n", text_at(p, "task"), text_at(p, "phase"), text_at(p, "items"),
               text_at(p, "expected"));
}

/// Ends as the run did, so that a script can ask.
Result<ExitCode> show(AgentClient& agent, const AgentOptions& o, const Given& a) {
  TRY_ASSIGN(const auto run, agent.get(one(a)));
  o.json ? print_json(run) : print_run(run);
  return outcome_of(run.at("run"));
}

Result<ExitCode> log(AgentClient& agent, const AgentOptions& o, const Given& a) {
  for (std::string after = "0";;) {
    TRY_ASSIGN(const auto page, agent.get(one(a) + "/log?after=" + after));
    const auto& lines = list_at(page, "lines");
    if (lines.empty()) return ExitCode::kOk;
    for (const auto& line : lines) {
      if (o.json)
        print_json(line);
      else
        fmt::print("{}  {}  {}\n", text_at(line, "time"), text_at(line, "code"),
                   printable(text_at(line, "text")));
    }
    after = text_at(lines.back(), "number");
  }
}

Result<ExitCode> act(AgentClient& agent, const AgentOptions& o, const Given& a, const char* what) {
  TRY_ASSIGN(const auto run, agent.post(one(a) + "/" + what, json::object()));
  if (o.json)
    print_json(run);
  else
    fmt::print("run {}: {}\n", text_at(run, "id"), text_at(run, "state"));
  return ExitCode::kOk;
}

Result<ExitCode> ledger(AgentClient& agent, const AgentOptions& o, const Given& a) {
  TRY_ASSIGN(const auto ledger, agent.get(one(a) + "/tasks/" + std::to_string(a->task) + "/ledger"));
  if (o.json) return print_json(ledger), ExitCode::kOk;
  for (const auto& member : ledger.as_object())
    fmt::print("{}: {}\n", std::string(member.key()), printable(text_at(ledger, member.key())));
  return text_at(ledger, "genuine") == "true" ? ExitCode::kOk : ExitCode::kDamaged;
}

bool is_over(const json::value& found) { return text_at(found.at("run"), "over") == "true"; }

}  // namespace

Result<ExitCode> wait_for_run(AgentClient& agent, const AgentOptions& o, const std::string& number) {
  TRY_ASSIGN(const auto run, wait_for(agent, api_path("runs", {number}), is_over));
  o.json ? print_json(run) : print_run(run);
  return outcome_of(run.at("run"));
}

void add_run_commands(CLI::App& app, Action& action) {
  CLI::App& group = *app.add_subcommand("run", "Runs of the agent: what it did and does");
  group.require_subcommand(1);
  const auto add_one = [&](const char* name, const char* what, auto run) {
    return add_agent_command_with<Arguments>(group, name, what, action, run);
  };
  const auto add_numbered = [&](const char* name, const char* what, auto run) {
    const auto made = add_one(name, what, run);
    made.first->add_option("RUN", made.second->run, "number of the run")
        ->required()
        ->check(CLI::PositiveNumber);
    return made;
  };
  const auto add_act = [&](const char* name, const char* what) {
    add_numbered(name, what, [name](AgentClient& agent, const AgentOptions& o, const Given& a) {
      return act(agent, o, a, name);
    });
  };
  const auto [listing, to_list] = add_one("list", "List runs, the newest first", list);
  listing->add_option("--schedule", to_list->schedule, "only those of this schedule");
  listing->add_option("--state", to_list->state, "only those in this state: running, complete, failed ...");
  listing->add_option("--limit", to_list->limit, "at most so many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_numbered("show", "Show a run with its mailboxes; ends with the code that a backup would end with",
               show);
  add_numbered("log", "Print the log of a run", log);
  add_act("pause", "Let a run rest");
  add_act("resume", "Go on with a run that rests");
  add_act("cancel", "End a run; what it stored stays");
  const auto [ledgering, to_prove] =
      add_numbered("ledger", "Print the signed ledger of one mailbox of a run", ledger);
  ledgering->add_option("TASK", to_prove->task, "number of the task")->required()->check(CLI::PositiveNumber);
}

}  // namespace mk::app
