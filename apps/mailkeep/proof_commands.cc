#include "proof_commands.h"

#include <fmt/format.h>

#include "agent_client.h"

namespace mk::app {
namespace {

constexpr const char* kFooter = R"(Examples:
  mailkeep proof rule --on --every-days 7 --percent 5
  mailkeep proof rule --connection office --scratch-mailbox scratch@example.com
  mailkeep proof run nightly --mailbox anna@example.com --destination vault:/srv/backup)";

struct Arguments {
  std::string schedule, mailbox, destination, connection, scratch;
  std::int64_t every_days = 0, percent = 0, max_items = 0;
  bool on = false, off = false, in_memory = false, wait = false;
};

/// Ends with 1 when a drill did not prove its mailbox.
ExitCode show(const AgentOptions& o, const json::value& answer, const json::array& proofs) {
  if (o.json)
    print_json(answer);
  else
    print_list(proofs, {"schedule", "mailbox", "destination", "proven_restorable_on", "tried", "sampled",
                        "of", "same", "differ", "unreadable", "way", "error"});
  bool good = true;
  for (const auto& p : proofs)
    good = good && text_at(p, "error").empty() && text_at(p, "same") == text_at(p, "sampled");
  return good ? ExitCode::kOk : ExitCode::kFailed;
}

std::string proofs_of(const Arguments& a) {
  return api_path("proofs") + query_of({{"schedule", a.schedule}});
}

Result<ExitCode> list(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(const auto answer, agent.get(proofs_of(a)));
  return show(o, answer, list_at(answer, "proofs"));
}

/// What the last drill of this mailbox in this place showed; null: there was none.
json::value find_proof(const json::value& answer, const Arguments& a) {
  for (const auto& p : list_at(answer, "proofs"))
    if (text_at(p, "mailbox") == a.mailbox && text_at(p, "destination") == a.destination) return p;
  return {};
}

Result<ExitCode> run_now(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(const auto before, agent.get(proofs_of(a)));
  const json::object drill{{"schedule", a.schedule}, {"mailbox", a.mailbox}, {"destination", a.destination}};
  TRY_ASSIGN(const auto answer, agent.post(api_path("proofs"), drill));
  if (a.wait) {
    const auto is_made = [&](const json::value& now) { return find_proof(now, a) != find_proof(before, a); };
    TRY_ASSIGN(const auto after, wait_for(agent, proofs_of(a), is_made));
    const json::value proof = find_proof(after, a);
    return show(o, proof, json::array{proof});
  }
  if (o.json)
    print_json(answer);
  else
    fmt::print("the drill is under way; `mailkeep proof list` tells what it showed\n");
  return ExitCode::kOk;
}

void apply(const Arguments& a, json::object& rule) {
  if (a.on || a.off) rule["enabled"] = a.on;
  if (a.every_days != 0) rule["every_days"] = a.every_days;
  if (a.percent != 0) rule["percent"] = a.percent;
  if (a.max_items != 0) rule["max_items"] = a.max_items;
  if (!a.connection.empty() || a.in_memory) rule["connection"] = a.connection;
  if (!a.scratch.empty() || a.in_memory) rule["mailbox"] = a.scratch;
}

/// Shows it, or changes what the options say.
Result<ExitCode> rule(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(auto now, agent.get(api_path("proofs/rule")));
  json::object wanted = now.as_object();
  apply(a, wanted);
  if (wanted != now.as_object()) {
    TRY_ASSIGN(now, agent.put(api_path("proofs/rule"), wanted));
  }
  o.json ? print_json(now) : print_members(now);
  return ExitCode::kOk;
}

void add_rule_options(CLI::App& c, Arguments& a) {
  auto* const on = c.add_flag("--on", a.on, "make drills by themselves");
  c.add_flag("--off", a.off, "make them only when told to")->excludes(on);
  c.add_option("--every-days", a.every_days, "days between two drills of a mailbox")
      ->check(CLI::Range(1, 365));
  c.add_option("--percent", a.percent, "share of a mailbox's items in one drill")->check(CLI::Range(1, 100));
  c.add_option("--max-items", a.max_items, "at most so many in one drill")->check(CLI::Range(1, 100'000));
  auto* const connection = c.add_option("--connection", a.connection, "where the scratch mailbox is");
  auto* const scratch =
      c.add_option("--scratch-mailbox", a.scratch, "a mailbox that nobody uses, to restore into");
  connection->needs(scratch);
  scratch->needs(connection);
  c.add_flag("--in-memory", a.in_memory, "without a scratch mailbox")->excludes(scratch);
}

}  // namespace

void add_proof_commands(CLI::App& app, Action& action) {
  CLI::App& group = *app.add_subcommand("proof", "Drills of the agent that show what can be restored");
  group.require_subcommand(1);
  group.footer(kFooter);
  const auto [listing, to_list] = add_agent_command(
      group, "list", "What the last drills showed; ends with 1 when one of them failed", action, list);
  listing->add_option("--schedule", to_list->schedule, "only those of this schedule");
  const auto [running, to_run] = add_agent_command(group, "run", "Make a drill now", action, run_now);
  running->add_option("SCHEDULE", to_run->schedule, "name of the schedule")->required();
  running->add_option("--mailbox", to_run->mailbox, "whose")->required();
  running->add_option("--destination", to_run->destination, "one of the schedule's destinations")->required();
  running->add_flag("--wait", to_run->wait,
                    "until it is made, and end with 1 when it did not prove the mailbox");
  const auto [ruling, to_rule] = add_agent_command(
      group, "rule", "Show when and how drills are made; with options, change it", action, rule);
  add_rule_options(*ruling, *to_rule);
}

}  // namespace mk::app
