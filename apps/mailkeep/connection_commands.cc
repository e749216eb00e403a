#include "connection_commands.h"

#include <fmt/format.h>

#include <memory>

#include "agent_client.h"
#include "base/text.h"
#include "check_table.h"
#include "secret_input.h"

namespace mk::app {
namespace {

constexpr const char* kFooter = R"(Examples:
  mailkeep connection secret office-password --password-file pw
  mailkeep connection add --name office --server mail.example.com --user backup@example.com \
      --secret office-password --impersonate
  mailkeep connection check office --mailbox anna@example.com)";

struct Arguments {
  std::string name, new_name, file, server, user, auth, secret, mailbox, server_ca_file, mailboxes_file,
      password_file;
  bool impersonate = false;
};
using Given = std::shared_ptr<Arguments>;

std::string one(const Given& a) { return api_path("connections", {a->name}); }

void apply(const Arguments& a, json::object& connection) {
  if (!a.new_name.empty()) connection["name"] = a.new_name;
  if (!a.server.empty()) connection["server"] = a.server;
  if (!a.server_ca_file.empty()) connection["ca_file"] = a.server_ca_file;
  if (!a.mailboxes_file.empty()) connection["mailboxes_file"] = a.mailboxes_file;
  json::object account;
  if (const auto* there = connection.if_contains("backup"); there != nullptr && there->is_object())
    account = there->as_object();
  if (!a.user.empty()) account["user"] = a.user;
  if (!a.auth.empty()) account["auth"] = a.auth;
  if (!a.secret.empty()) account["secret"] = a.secret;
  if (a.impersonate) account["impersonate"] = true;
  connection["backup"] = std::move(account);
}

Result<ExitCode> list(AgentClient& agent, const AgentOptions& o) {
  TRY_ASSIGN(const auto answer, agent.get(api_path("connections")));
  if (o.json) return print_json(answer), ExitCode::kOk;
  std::vector<std::vector<std::string>> rows{{"name", "server", "user", "restores"}};
  for (const auto& saved : list_at(answer, "connections")) {
    const json::value& c = saved.at("connection");
    const auto& object = c.as_object();
    rows.push_back({text_at(c, "name"), text_at(c, "server"), text_at(c.at("backup"), "user"),
                    object.contains("restore") ? text_at(c.at("restore"), "user") : "-"});
  }
  print_table(rows);
  return ExitCode::kOk;
}

Result<ExitCode> show(AgentClient& agent, const AgentOptions& o, const Given& a) {
  TRY_ASSIGN(const auto saved, agent.get(one(a)));
  if (o.json) return print_json(saved), ExitCode::kOk;
  for (const auto& member : saved.at("connection").as_object())
    fmt::print("{}: {}\n", std::string(member.key()),
               printable(text_at(saved.at("connection"), member.key())));
  return ExitCode::kOk;
}

Result<ExitCode> add(AgentClient& agent, const AgentOptions& o, const Given& a) {
  json::object connection;
  if (!a->file.empty()) {
    TRY_ASSIGN(connection, read_json(a->file));
  }
  apply(*a, connection);
  TRY_ASSIGN(const auto saved, agent.post(api_path("connections"), connection));
  if (o.json) print_json(saved);
  return ExitCode::kOk;
}

Result<ExitCode> edit(AgentClient& agent, const AgentOptions& o, const Given& a) {
  TRY_ASSIGN(const auto saved, agent.get(one(a)));
  json::object connection = saved.at("connection").as_object();
  if (!a->file.empty()) {
    TRY_ASSIGN(connection, read_json(a->file));
  }
  apply(*a, connection);
  connection["version"] = saved.at("version");
  TRY_ASSIGN(const auto changed, agent.put(one(a), connection));
  if (o.json) print_json(changed);
  return ExitCode::kOk;
}

Result<ExitCode> remove(AgentClient& agent, const AgentOptions&, const Given& a) {
  TRY_ASSIGN(const auto saved, agent.get(one(a)));
  TRY(agent.remove(one(a) + "?version=" + text_at(saved, "version")));
  return ExitCode::kOk;
}

Result<ExitCode> check(AgentClient& agent, const AgentOptions& o, const Given& a) {
  json::object body;
  if (!a->mailbox.empty()) body["mailbox"] = a->mailbox;
  TRY_ASSIGN(const auto answer, agent.post(one(a) + "/check", body));
  const auto& checks = list_at(answer, "checks");
  if (o.json) print_json(answer);
  const bool good = o.json ? none_failed(checks) : print_checks(checks);
  return good ? ExitCode::kOk : ExitCode::kFailed;
}

Result<ExitCode> mailboxes(AgentClient& agent, const AgentOptions& o, const Given& a) {
  TRY_ASSIGN(const auto answer, agent.get(one(a) + "/mailboxes"));
  if (o.json) return print_json(answer), ExitCode::kOk;
  for (const auto& m : list_at(answer, "mailboxes")) fmt::print("{}\n", printable(text_at(m, "address")));
  return ExitCode::kOk;
}

/// Passwords never stand on a command line.
Result<ExitCode> put_secret(AgentClient& agent, const AgentOptions&, const Given& a) {
  auto secret =
      a->password_file.empty()
          ? secret_from_terminal("Password", "no password: give --password-file (there is no terminal)")
          : secret_from_file(a->password_file);
  if (!secret) return std::move(secret).error();
  TRY(agent.put(api_path("secrets", {a->name}), json::object{{"value", secret->reveal()}}));
  return ExitCode::kOk;
}

void add_connection_flags(CLI::App& c, Arguments& a) {
  c.add_option("FILE", a.file, "JSON file with the connection; -: standard input");
  c.add_option("--name", a.new_name, "its name; another one renames it");
  c.add_option("--server", a.server, "URL of the server's EWS, or only its host name");
  c.add_option("--user", a.user, "user@example.com or DOMAIN\\user");
  c.add_option("--auth", a.auth, "basic or bearer")->check(CLI::IsMember({"basic", "bearer"}));
  c.add_option("--secret", a.secret, "name of the sealed secret with the password or token");
  c.add_flag("--impersonate", a.impersonate, "act as the mailbox's owner (role ApplicationImpersonation)");
  c.add_option("--server-ca-file", a.server_ca_file, "PEM file on the agent with the authorities to trust");
  c.add_option("--mailboxes-file", a.mailboxes_file,
               "CSV file on the agent of who is there; else the server is asked");
}

}  // namespace

void add_connection_commands(CLI::App& app, Action& action) {
  CLI::App& group =
      *app.add_subcommand("connection", "Exchange servers of the agent, and how they are reached");
  group.require_subcommand(1);
  group.footer(kFooter);
  const auto add_one = [&](const char* name, const char* what, auto run) {
    return add_agent_command_with<Arguments>(group, name, what, action, run);
  };
  const auto add_named = [&](const char* name, const char* what, auto run) {
    const auto made = add_one(name, what, run);
    made.first->add_option("NAME", made.second->name, "its name")->required();
    return made;
  };
  add_agent_command(group, "list", "List all connections", action, list);
  add_named("show", "Show a connection", show);
  const auto [adding, to_add] = add_one("add", "Add a connection", add);
  add_connection_flags(*adding, *to_add);
  const auto [editing, to_edit] = add_named("edit", "Change a connection", edit);
  add_connection_flags(*editing, *to_edit);
  add_named("remove", "Remove a connection that no schedule uses", remove);
  const auto [checking, to_check] = add_named("check", "Test a connection", check);
  checking->add_option("--mailbox", to_check->mailbox, "a mailbox whose access is tried");
  add_named("mailboxes", "List the mailboxes that are there now", mailboxes);
  const auto [sealing, to_seal] = add_named("secret", "Seal a password or token", put_secret);
  sealing->add_option("--password-file", to_seal->password_file, "file that holds it; else it is asked for");
}

}  // namespace mk::app
