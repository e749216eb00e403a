#include "check_command.h"

#include <fmt/format.h>

#include <memory>

#include "agent/check/place_checks.h"
#include "agent/check/server_checks.h"
#include "server_options.h"

namespace mk::app {
namespace {

constexpr const char* kFooter = R"(Examples:
  mailkeep check --server mail.example.com --user backup@example.com --password-file pw \
      --mailbox anna@example.com --impersonate --directory /backup
  mailkeep check --directory /backup --temporary /var/tmp --json

Nothing is changed on the server. Ends with 1 when a check failed, with 0 when there are warnings at most.)";

struct Chosen {
  ServerOptions server;
  std::vector<std::string> directories, temporaries;
  bool json = false;
};

ExitCode run_checks(const Chosen& chosen) {
  std::vector<agent::Check> checks;
  if (!chosen.server.server.empty()) {
    auto options = ews_options(chosen.server);
    if (!options) return report(options.error());
    checks = agent::check_server({.ews = *std::move(options)});
  }
  for (const auto& directory : chosen.directories)
    checks.push_back(agent::check_directory("destination", directory, agent::Context::kDestination));
  for (const auto& directory : chosen.temporaries)
    checks.push_back(agent::check_directory("temporary", directory, agent::Context::kTemporary));
  if (checks.empty())
    return report({Code::kInvalid, "nothing to check: give --server, --directory or --temporary"});
  fmt::print("{}", chosen.json ? agent::format_json(checks) : agent::format_text(checks));
  return agent::worst(checks) == agent::Check::State::kFailed ? ExitCode::kFailed : ExitCode::kOk;
}

}  // namespace

void add_check_command(CLI::App& app, Action& action) {
  const auto chosen = std::make_shared<Chosen>();
  CLI::App& command = *app.add_subcommand(
      "check", "Test connectivity: a server, the rights on a mailbox, free space of places");
  command.footer(kFooter);
  add_server_options(command, chosen->server, false);
  add_mailbox_option(command, chosen->server);
  command.add_option("--directory", chosen->directories, "a destination, repeatable");
  command.add_option("--temporary", chosen->temporaries, "a temporary location for PST dumps, repeatable");
  command.add_flag("--json", chosen->json, "print JSON, one check a line");
  command.callback([chosen, &action] { action = [chosen] { return run_checks(*chosen); }; });
}

}  // namespace mk::app
