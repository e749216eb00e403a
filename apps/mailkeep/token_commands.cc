#include "token_commands.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "agent_client.h"
#include "base/file.h"
#include "base/time.h"
#include "time_option.h"

namespace mk::app {
namespace {

constexpr const char* kFooter = R"(Example:
  mailkeep token add monitoring --role auditor --expires 2027-12-31 --to monitoring.token)";

struct Arguments {
  std::string name, role, expires, to;
  std::int64_t id = 0;
};

Result<ExitCode> list(AgentClient& agent, const AgentOptions& o) {
  TRY_ASSIGN(const auto answer, agent.get(api_path("tokens")));
  if (o.json)
    print_json(answer);
  else
    print_list(list_at(answer, "tokens"), {"id", "name", "role", "created", "expires", "last_used"});
  return ExitCode::kOk;
}

Result<json::value> make(AgentClient& agent, const Arguments& a) {
  json::object token{{"name", a.name}, {"role", a.role}};
  if (!a.expires.empty()) {
    TRY_ASSIGN(const auto expires, parse_utc(a.expires));
    token["expires"] = format_utc(expires);
  }
  return agent.post(api_path("tokens"), token);
}

/// The file is there before the token, whose text nobody gives a second time.
Result<json::value> make_into_file(AgentClient& agent, const Arguments& a) {
  TRY_ASSIGN(File file, File::open(a.to, File::Mode::kCreateNew));
  auto made = make(agent, a);
  std::error_code ignored;
  if (!made) return std::filesystem::remove(a.to, ignored), made;
  TRY(file.write_at(0, as_bytes(text_at(*made, "text") + "\n")));
  TRY(file.sync());
  made->as_object().erase("text");
  return made;
}

Result<ExitCode> add(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(const auto made, a.to.empty() ? make(agent, a) : make_into_file(agent, a));
  if (o.json)
    print_json(made);
  else if (a.to.empty())
    fmt::print("{}\n", text_at(made, "text"));
  return ExitCode::kOk;
}

Result<ExitCode> remove(AgentClient& agent, const AgentOptions&, const Arguments& a) {
  TRY(agent.remove(api_path("tokens", {std::to_string(a.id)})));
  return ExitCode::kOk;
}

}  // namespace

void add_token_commands(CLI::App& app, Action& action) {
  CLI::App& group = *app.add_subcommand("token", "API tokens, by which programs reach the agent");
  group.require_subcommand(1);
  group.footer(kFooter);
  add_agent_command(group, "list", "List all tokens; their texts are not kept", action, list);
  const auto [adding, to_add] =
      add_agent_command(group, "add", "Make a token; its text is shown this once", action, add);
  adding->add_option("NAME", to_add->name, "what to call it")->required();
  adding->add_option("--role", to_add->role, "what it may do")
      ->required()
      ->check(CLI::IsMember({"admin", "operator", "restore-only", "auditor"}));
  adding->add_option("--expires", to_add->expires, "from then on it is refused (UTC)")
      ->type_name("TIME")
      ->check(is_time);
  adding->add_option("--to", to_add->to,
                     "write the text into this new file, for its owner only, instead of showing it");
  const auto [removing, to_remove] =
      add_agent_command(group, "remove", "Take a token away, at once", action, remove);
  removing->add_option("ID", to_remove->id, "its number in the list")->required()->check(CLI::PositiveNumber);
}

}  // namespace mk::app
