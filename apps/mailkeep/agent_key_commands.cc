#include "agent_key_commands.h"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <memory>

#include "agent_client.h"
#include "base/file.h"
#include "base/text.h"
#include "secret_input.h"

namespace mk::app {
namespace {

struct Arguments {
  std::string place, file;
};
using Given = std::shared_ptr<Arguments>;

constexpr const char* kKeys = "keys";

Result<ExitCode> list(AgentClient& agent, const AgentOptions& o) {
  TRY_ASSIGN(const auto answer, agent.get(api_path(kKeys)));
  if (o.json) return print_json(answer), ExitCode::kOk;
  std::vector<std::vector<std::string>> rows{{"vault", "recovery key", "since", "last proven"}};
  for (const auto& k : list_at(answer, kKeys))
    rows.push_back({text_at(k, "place"), text_at(k, "recovery"), text_at(k, "since"), text_at(k, "proven")});
  print_table(rows);
  return ExitCode::kOk;
}

/// The key goes into a file that is to be printed, or onto the terminal.
Status hand_out(const std::string& key, const std::string& file) {
  if (file.empty()) {
    fmt::print(
        "{}\n\nWrite it down or print it, and lock it away: it opens the vault, and is shown this once.\n",
        key);
    return ok;
  }
  TRY_ASSIGN(File out, File::open(file, File::Mode::kCreateNew));
  TRY(out.write_at(0, as_bytes(key)));
  TRY(out.sync());
  fmt::print("{} holds the recovery key; print it, lock it away and delete the file\n", file);
  return ok;
}

std::string typed_back() {
  fmt::print("Type it back, all of it:\n");
  std::fflush(stdout);
  std::string text, line;
  while (std::getline(std::cin, line) && !line.empty()) text += line + ' ';
  return text;
}

Result<ExitCode> recovery(AgentClient& agent, const AgentOptions&, const Given& a) {
  TRY_ASSIGN(const auto made, agent.post(api_path(kKeys, {"recovery"}), json::object{{"place", a->place}}));
  TRY(hand_out(text_at(made, "recovery_key"), a->file));
  TRY(agent.post(api_path(kKeys, {"recovery", "confirm"}),
                 json::object{{"place", a->place}, {"recovery_key", typed_back()}}));
  fmt::print("confirmed: schedules can write encrypted mail to {}\n", printable(a->place));
  return ExitCode::kOk;
}

Result<ExitCode> prove(AgentClient& agent, const AgentOptions&, const Given& a) {
  TRY_ASSIGN(const auto key, secret_from_file(a->file));
  TRY(agent.post(api_path(kKeys, {"recovery", "prove"}),
                 json::object{{"place", a->place}, {"recovery_key", key.reveal()}}));
  fmt::print("the key opens {}\n", printable(a->place));
  return ExitCode::kOk;
}

Result<ExitCode> set_default(AgentClient& agent, const AgentOptions&, const Given& a) {
  auto password = a->file.empty()
                      ? secret_from_terminal("New default password", "no password: give --password-file")
                      : secret_from_file(a->file);
  if (!password) return std::move(password).error();
  TRY(agent.put(api_path(kKeys, {"default-password"}), json::object{{"password", password->reveal()}}));
  fmt::print("the default password is set; vaults that the one before opened are opened by this one now\n");
  return ExitCode::kOk;
}

}  // namespace

void add_agent_key_commands(CLI::App& key, Action& action) {
  const auto a = std::make_shared<Arguments>();
  const auto with = [a](auto run) {
    return [a, run](AgentClient& agent, const AgentOptions& o) { return run(agent, o, a); };
  };
  const auto placed = [a](CLI::App* c) {
    c->add_option("PLACE", a->place, "the vault as schedules name it: vault:DIR or s3://BUCKET/PREFIX")
        ->required();
  };
  add_agent_command(key, "vaults", "At the agent: which vaults have a recovery key", action, list);
  auto* made =
      add_agent_command(key, "recovery", "At the agent: make the recovery key of a vault, and type it back",
                        action, with(recovery));
  placed(made);
  made->add_option("--to", a->file,
                   "Write the key into this new file, for its owner only, instead of showing it");
  auto* proved = add_agent_command(
      key, "prove", "At the agent: show that the recovery key is still there and opens", action, with(prove));
  placed(proved);
  proved->add_option("--recovery-file", a->file, "file with the recovery key, typed from its paper")
      ->required();
  auto* standard = add_agent_command(key, "default", "At the agent: set the default password of schedules",
                                     action, with(set_default));
  standard->add_option("--password-file", a->file,
                       "file that holds the password; without it, it is asked for");
}

}  // namespace mk::app
