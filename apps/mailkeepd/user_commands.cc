#include "user_commands.h"

#include <fmt/format.h>

#include <memory>

#include "base/text.h"
#include "secret_input.h"
#include "state_options.h"

namespace mk::app {
namespace {

struct Options {
  StateOptions state;
  std::string name, role = "auditor", password_file;
};

Result<SecretString> new_password(const Options& o) {
  if (!o.password_file.empty()) return secret_from_file(o.password_file);
  const std::string others = "no password: give --password-file (there is no terminal to ask at)";
  TRY_ASSIGN(SecretString password, secret_from_terminal("New password of " + o.name, others));
  TRY_ASSIGN(const SecretString again, secret_from_terminal("New password, again", others));
  if (again.reveal() == password.reveal()) return password;
  return Error{Code::kInvalid, "the two passwords differ; nothing was done"};
}

FileTime now() { return to_file_time(system_clock().now()); }

Status audit(agent::AgentState& state, const std::string& action, const std::string& name) {
  agent::AuditEntry entry;
  entry.time = now();
  entry.who = "mailkeepd";
  entry.action = action;
  entry.object = name;
  entry.outcome = "ok";
  TRY(state.audit().append(entry));
  return ok;
}

Status add(const Options& o) {
  TRY_ASSIGN(const auto role, agent::parse_role(o.role));
  TRY_ASSIGN(const auto password, new_password(o));
  TRY_ASSIGN(const auto state, open_state(o.state));
  TRY(state->users().add(o.name, role, password, now()));
  return audit(*state, "user.add", o.name);
}

Status change_password(const Options& o) {
  TRY_ASSIGN(const auto password, new_password(o));
  TRY_ASSIGN(const auto state, open_state(o.state));
  TRY(state->users().set_password(o.name, password, now()));
  return audit(*state, "user.password", o.name);
}

Status remove(const Options& o) {
  TRY_ASSIGN(const auto state, open_state(o.state));
  TRY(state->users().remove(o.name));
  return audit(*state, "user.remove", o.name);
}

Status list(const Options& o) {
  TRY_ASSIGN(const auto state, open_state(o.state));
  TRY_ASSIGN(const auto users, state->users().list());
  for (const auto& u : users) fmt::print("{:14} {}\n", agent::name_of(u.role), printable(u.name));
  return ok;
}

}  // namespace

void add_user_commands(CLI::App& app, Action& action) {
  const auto o = std::make_shared<Options>();
  auto* user = app.add_subcommand("user", "Who may log in at the agent");
  user->require_subcommand(1);
  const auto command = [&](const char* name, const char* what, Status (*run)(const Options&)) {
    auto* c = user->add_subcommand(name, what);
    add_state_options(*c, o->state);
    c->callback([o, run, &action] {
      action = [o, run] {
        const Status done = run(*o);
        return done ? ExitCode::kOk : report(done.error());
      };
    });
    return c;
  };
  const auto named = [&](CLI::App* c) { return c->add_option("NAME", o->name, "the user")->required(); };
  const auto with_password = [&](CLI::App* c) {
    c->add_option("--password-file", o->password_file,
                  "File that holds the password; without it, it is asked for");
  };
  auto* added = command("add", "Let somebody log in", add);
  named(added);
  with_password(added);
  added->add_option("--role", o->role, "admin, operator, restore-only or auditor")->capture_default_str();
  auto* changed = command("password", "Give somebody another password", change_password);
  named(changed);
  with_password(changed);
  named(command("remove", "Let somebody log in no longer", remove));
  command("list", "Who there is", list);
}

}  // namespace mk::app
