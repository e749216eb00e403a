#include "adopt_command.h"

#include <fmt/format.h>

#include <memory>

#include "agent/keys/recovery.h"
#include "agent/run/configuration.h"
#include "base/file.h"
#include "base/text.h"
#include "secret_input.h"
#include "state_options.h"

namespace mk::app {
namespace {

struct Options {
  StateOptions state;
  agent::Destination from;
  std::string recovery_file, key_file, password_file;
};

Result<vault::Unlock> key_of(const Options& o) {
  if (!o.password_file.empty()) {
    TRY_ASSIGN(auto password, secret_from_file(o.password_file));
    return vault::Unlock{vault::SlotKind::kPassword, std::move(password)};
  }
  const bool is_file = !o.key_file.empty();
  if (!is_file && o.recovery_file.empty())
    return Error{Code::kInvalid, "no key of the vault: give --recovery-file, --key-file or --password-file"};
  TRY_ASSIGN(auto text, read_file(is_file ? o.key_file : o.recovery_file, 4096));
  auto key = vault::parse_key(is_file ? vault::SlotKind::kKeyFile : vault::SlotKind::kRecovery, text);
  wipe(text);
  return key;
}

/// The agent gets a key of its own again, and the recovery key counts as tried.
Status take_vault(agent::AgentState& state, vault::Store& store, const vault::Vault& vault,
                  const vault::Unlock& key, const Options& o) {
  const auto now = to_file_time(system_clock().now());
  TRY_ASSIGN(const auto opened, vault::unlock(store, vault.id(), key));
  TRY_ASSIGN(const auto own, agent::vault_key(o.from, {}, state.secrets(), now));
  if (!vault::unlock(store, vault.id(), own))
    TRY(vault::add_key(store, vault.id(), opened.master, own, "agent " + format_utc(now), now));
  if (key.kind != vault::SlotKind::kRecovery) return ok;
  return agent::prove_recovery_key(state, o.from.place, store, SecretString(vault::format_key(key)), now);
}

void print(const agent::Adopted& adopted) {
  const auto list = [](const char* what, const std::vector<std::string>& names) {
    for (const auto& name : names) fmt::print("{}{}\n", what, printable(name));
  };
  list("connection ", adopted.connections);
  list("schedule (paused) ", adopted.schedules);
  list("was there already, stays as it is: ", adopted.kept);
  list("give again: secret ", adopted.secrets);
  fmt::print("Give the secrets, then let the schedules run again: `mailkeep schedule resume NAME`.\n");
}

Status adopt(const Options& o) {
  TRY_ASSIGN(const auto store, agent::open_store(o.from));
  TRY_ASSIGN(const auto key, key_of(o));
  TRY_ASSIGN(const auto vault, vault::Vault::open(*store, key));
  TRY_ASSIGN(const auto text, agent::read_configuration(*vault));
  TRY_ASSIGN(const auto state, open_state(o.state));
  TRY_ASSIGN(const auto adopted, agent::adopt(*state, text, to_file_time(system_clock().now())));
  TRY(take_vault(*state, *store, *vault, key, o));
  print(adopted);
  return ok;
}

}  // namespace

void add_adopt_command(CLI::App& app, Action& action) {
  const auto o = std::make_shared<Options>();
  auto* c =
      app.add_subcommand("adopt", "Set up an agent that lost its disk again, from a vault that it wrote");
  add_state_options(*c, o->state);
  c->add_option("--from", o->from.place,
                "The vault, as the schedules named it: vault:DIR or s3://BUCKET/PREFIX")
      ->required();
  auto* group = c->add_option_group("Key of the vault");
  group->add_option("--recovery-file", o->recovery_file, "File with the recovery key, typed from its paper");
  group->add_option("--key-file", o->key_file, "Key file");
  group->add_option("--password-file", o->password_file, "File that holds a password of the vault");
  group->require_option(1);
  c->add_option("--s3-endpoint", o->from.s3_endpoint, "URL of the service if it is not Amazon's");
  c->add_option("--s3-region", o->from.s3_region, "region of the bucket");
  c->add_option("--s3-credentials", o->from.s3_credentials_file, "file with the access key");
  c->add_option("--s3-ca-file", o->from.s3_ca_file, "PEM file with the authorities to trust");
  c->footer(
      "Connections and schedules come back, paused; passwords do not lie in a vault and have to be given "
      "again. The\n"
      "next incremental goes on from the newest restore point of each mailbox.");
  c->callback([o, &action] {
    action = [o] {
      const Status done = adopt(*o);
      return done ? ExitCode::kOk : report(done.error());
    };
  });
}

}  // namespace mk::app
