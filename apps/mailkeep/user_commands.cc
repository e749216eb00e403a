#include "user_commands.h"

#include "agent_client.h"
#include "secret_input.h"

namespace mk::app {
namespace {

constexpr const char* kFooter = R"(Examples:
  mailkeep user add anna --role operator --password-file pw
  mailkeep user role anna auditor)";

struct Arguments {
  std::string name, role, password_file;
};

std::string one(const Arguments& a) { return api_path("users", {a.name}); }

/// Passwords never stand on a command line.
Result<SecretString> password_of(const Arguments& a) {
  if (!a.password_file.empty()) return secret_from_file(a.password_file);
  return secret_from_terminal("Password", "no password: give --password-file (there is no terminal)");
}

Result<ExitCode> list(AgentClient& agent, const AgentOptions& o) {
  TRY_ASSIGN(const auto answer, agent.get(api_path("users")));
  if (o.json)
    print_json(answer);
  else
    print_list(list_at(answer, "users"), {"name", "role", "created", "password_changed"});
  return ExitCode::kOk;
}

Result<ExitCode> add(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(const auto password, password_of(a));
  const json::object user{{"name", a.name}, {"role", a.role}, {"password", password.reveal()}};
  TRY_ASSIGN(const auto made, agent.post(api_path("users"), user));
  if (o.json) print_json(made);
  return ExitCode::kOk;
}

Result<ExitCode> change(AgentClient& agent, const AgentOptions& o, const Arguments& a,
                        const json::object& what) {
  TRY_ASSIGN(const auto user, agent.put(one(a), what));
  if (o.json) print_json(user);
  return ExitCode::kOk;
}

Result<ExitCode> set_role(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  return change(agent, o, a, {{"role", a.role}});
}

Result<ExitCode> set_password(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(const auto password, password_of(a));
  return change(agent, o, a, {{"password", password.reveal()}});
}

Result<ExitCode> remove(AgentClient& agent, const AgentOptions&, const Arguments& a) {
  TRY(agent.remove(one(a)));
  return ExitCode::kOk;
}

}  // namespace

void add_user_commands(CLI::App& app, Action& action) {
  CLI::App& group = *app.add_subcommand("user", "People who may log in to the agent");
  group.require_subcommand(1);
  group.footer(kFooter);
  const auto add_named = [&](const char* name, const char* what, auto run) {
    const auto made = add_agent_command(group, name, what, action, run);
    made.first->add_option("NAME", made.second->name, "the user's name")->required();
    return made;
  };
  const auto add_password = [](const auto& made) {
    made.first->add_option("--password-file", made.second->password_file,
                           "file that holds the password; else it is asked for");
  };
  const CLI::IsMember roles({"admin", "operator", "restore-only", "auditor"});
  add_agent_command(group, "list", "List all users", action, list);
  const auto adding = add_named("add", "Add a user", add);
  adding.first->add_option("--role", adding.second->role, "what the user may do")->required()->check(roles);
  add_password(adding);
  add_named("remove", "Remove a user, who is logged out at once", remove);
  const auto casting = add_named("role", "Give a user another role", set_role);
  casting.first->add_option("ROLE", casting.second->role, "what the user may do from now on")
      ->required()
      ->check(roles);
  add_password(add_named("password", "Set a user's password anew", set_password));
}

}  // namespace mk::app
