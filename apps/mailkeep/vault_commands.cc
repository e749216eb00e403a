#include "vault_commands.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "base/text.h"
#include "key_options.h"
#include "vault/local_store.h"

namespace mk::app {
namespace {

struct Options {
  std::string vault, name = "first";
  KeyOptions key;
};

Status init(const Options& o) {
  TRY_ASSIGN(const auto key, read_key(o.key, true));
  const auto store = vault::make_local_store(o.vault);
  const SecretString master(vault::random_bytes(32));
  auto id = vault::create_vault(*store, master, key, o.name, to_file_time(system_clock().now()));
  if (!id) return std::move(id).error().in(o.vault);
  fmt::print(
      "vault {} is made; {} '{}' opens it\n"
      "Without a key nobody can read it, nor can we help: make a recovery key (mailkeep key new "
      "--recovery)\n",
      id->hex(), vault::kind_name(key.kind), printable(o.name));
  return ok;
}

/// Needs no key, so that it can be asked wherever the store lies.
Status info(const Options& o) {
  const auto store = vault::make_local_store(o.vault);
  auto id = vault::read_vault_header(*store);
  if (!id) return std::move(id).error().in(o.vault);
  struct Sum {
    std::uint64_t n = 0, bytes = 0;
  };
  std::map<std::string, Sum> sums;
  TRY(store->list("", [&](const std::string& name, std::uint64_t bytes) -> Status {
    Sum& s = sums[name.substr(0, name.find('/'))];
    ++s.n, s.bytes += bytes;
    return ok;
  }));
  fmt::print("vault   {}\nformat  1\n", id->hex());
  for (const char* folder : {"keys", "log", "packs", "index"})
    fmt::print("{:<7} {} objects, {} bytes\n", folder, sums[folder].n, sums[folder].bytes);
  return ok;
}

using Command = Status (*)(const Options&);

CLI::App* add_command(CLI::App& vault, Action& action, const char* name, const char* what, Command run,
                      const std::shared_ptr<Options>& o) {
  CLI::App* c = vault.add_subcommand(name, what);
  c->add_option("VAULT", o->vault, "the directory of the vault")->required();
  c->callback([o, &action, run] {
    action = [o, run] {
      const Status s = run(*o);
      return s ? ExitCode::kOk : report(s.error());
    };
  });
  return c;
}

}  // namespace

void add_vault_commands(CLI::App& app, Action& action) {
  CLI::App* vault = app.add_subcommand("vault", "Encrypted, deduplicated stores");
  vault->require_subcommand(1);
  const auto o = std::make_shared<Options>();
  CLI::App* make = add_command(*vault, action, "init", "Make a vault in an empty directory", init, o);
  add_key_options(*make, o->key);
  make->add_option("--name", o->name, "what to call the key")->capture_default_str();
  add_command(*vault, action, "info", "Which vault it is and what lies in it; needs no key", info, o);
  vault->footer("Examples:\n  mailkeep vault init VAULT --password-file pw\n  mailkeep vault info VAULT");
}

}  // namespace mk::app
