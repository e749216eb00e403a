#include "audit_commands.h"

#include <fmt/format.h>

#include "agent_client.h"
#include "base/text.h"

namespace mk::app {
namespace {

constexpr const char* kFooter =
    R"(A head that is kept elsewhere shows later that nothing before it was changed. It has the agent's signature:
  mailkeep audit head --json > head.json
  mailkeep audit verify --head head.json
  mailkeep audit verify --number 4711 --hash 8c1f...)";

struct Arguments {
  std::int64_t limit = 100, before = 0, number = -1;
  std::string hash;
  std::string head;  // a file
};

Result<ExitCode> list(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  const auto query = query_of(
      {{"limit", std::to_string(a.limit)}, {"before", a.before == 0 ? "" : std::to_string(a.before)}});
  TRY_ASSIGN(const auto answer, agent.get(api_path("audit") + query));
  if (o.json)
    print_json(answer);
  else
    print_list(list_at(answer, "entries"),
               {"number", "time", "who", "from", "action", "object", "outcome", "detail"});
  return ExitCode::kOk;
}

Result<ExitCode> head(AgentClient& agent, const AgentOptions& o) {
  TRY_ASSIGN(const auto answer, agent.get(api_path("audit/head")));
  o.json ? print_json(answer) : print_members(answer);
  return ExitCode::kOk;
}

/// Who replaced the agent's state has another key, and signs with it whatever he likes.
Status compare_key(AgentClient& agent, const json::value& head, json::array& faults) {
  TRY_ASSIGN(const auto key, agent.get(api_path("signing-key")));
  if (text_at(key, "public_key") == text_at(head, "public_key")) return ok;
  faults.push_back(json::object{{"number", text_at(head, "number")},
                                {"what",
                                 "the agent has another key than the one that signed the head: its "
                                 "state was made anew or replaced"}});
  return ok;
}

/// What the agent is asked about a head in a file.
Result<std::string> query_of_file(AgentClient& agent, const std::string& file, json::array& faults) {
  TRY_ASSIGN(const json::value head, read_json(file));
  TRY(compare_key(agent, head, faults));
  for (const char* name : {"number", "hash", "signed_at", "signature"})
    if (text_at(head, name).empty())
      return Error{Code::kInvalid, fmt::format("{}: has no {}; it is not what `mailkeep audit head --json` "
                                               "prints",
                                               file, name)};
  return query_of({{"number", text_at(head, "number")},
                   {"hash", text_at(head, "hash")},
                   {"signed_at", text_at(head, "signed_at")},
                   {"signature", text_at(head, "signature")}});
}

Result<ExitCode> verify(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  json::array faults;
  auto query = query_of({{"number", a.number < 0 ? "" : std::to_string(a.number)}, {"hash", a.hash}});
  if (!a.head.empty()) {
    TRY_ASSIGN(query, query_of_file(agent, a.head, faults));
  }
  TRY_ASSIGN(const auto answer, agent.get(api_path("audit/verify") + query));
  for (const auto& f : list_at(answer, "faults")) faults.push_back(f);
  const bool holds = faults.empty() && text_at(answer, "holds") == "true";
  if (o.json) {
    print_json(json::object{{"holds", holds}, {"faults", std::move(faults)}});
  } else {
    fmt::print("{}\n", holds ? "the chain holds" : "the log was changed");
    for (const auto& f : faults) fmt::print("{}: {}\n", text_at(f, "number"), printable(text_at(f, "what")));
  }
  return holds ? ExitCode::kOk : ExitCode::kDamaged;
}

}  // namespace

void add_audit_commands(CLI::App& app, Action& action) {
  CLI::App& group = *app.add_subcommand("audit", "The agent's log of all changes and all looks at mail");
  group.require_subcommand(1);
  group.footer(kFooter);
  const auto [listing, to_list] = add_agent_command(group, "list", "The newest entries first", action, list);
  listing->add_option("--limit", to_list->limit, "at most so many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  listing->add_option("--before", to_list->before, "only entries before this number")
      ->check(CLI::PositiveNumber);
  add_agent_command(group, "head", "The end of the log's chain of hashes", action, head);
  const auto [verifying, to_verify] = add_agent_command(
      group, "verify", "Whether the chain holds; ends with 7 when it does not", action, verify);
  auto* const number = verifying->add_option("--number", to_verify->number, "number of a head that was kept")
                           ->check(CLI::NonNegativeNumber);
  auto* const hash = verifying->add_option("--hash", to_verify->hash, "its hash");
  number->needs(hash);
  hash->needs(number);
  verifying->add_option("--head", to_verify->head, "a file with a head that was kept; -: standard input")
      ->type_name("FILE")
      ->excludes(number)
      ->excludes(hash);
}

}  // namespace mk::app
