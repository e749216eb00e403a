#include "notify_commands.h"

#include <fmt/format.h>

#include "agent_client.h"

namespace mk::app {
namespace {

constexpr const char* kFooter = R"(Example:
  mailkeep notify show --json | jq .notifications > notify.json
  mailkeep notify set notify.json
  mailkeep notify test)";
constexpr const char* kPath = "settings/notifications";

struct Arguments {
  std::string file;
};

Result<ExitCode> show(AgentClient& agent, const AgentOptions& o) {
  TRY_ASSIGN(const auto answer, agent.get(api_path(kPath)));
  o.json ? print_json(answer) : print_members(answer.at("notifications"));
  return ExitCode::kOk;
}

Result<ExitCode> set(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(auto wanted, read_json(a.file));
  TRY_ASSIGN(const auto now, agent.get(api_path(kPath)));
  wanted["version"] = now.at("version");
  TRY_ASSIGN(const auto answer, agent.put(api_path(kPath), wanted));
  if (o.json) print_json(answer);
  return ExitCode::kOk;
}

Result<ExitCode> test(AgentClient& agent, const AgentOptions& o) {
  TRY(agent.post(api_path(kPath) + "/test", json::object()));
  if (!o.json) fmt::print("sent\n");
  return ExitCode::kOk;
}

}  // namespace

void add_notify_commands(CLI::App& app, Action& action) {
  CLI::App& group = *app.add_subcommand("notify", "Whom the agent tells of its runs, and how");
  group.require_subcommand(1);
  group.footer(kFooter);
  add_agent_command(group, "show", "Show the settings", action, show);
  const auto [setting, to_set] = add_agent_command(group, "set", "Replace the settings", action, set);
  setting->add_option("FILE", to_set->file, "JSON file with all of them; -: standard input")->required();
  add_agent_command(group, "test", "Send a notification of a run that never was", action, test);
}

}  // namespace mk::app
