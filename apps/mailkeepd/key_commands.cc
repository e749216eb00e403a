#include "key_commands.h"

#include <fmt/format.h>

#include <memory>

#include "agent/run/vault_door.h"
#include "base/file.h"
#include "state_options.h"

namespace mk::app {
namespace {

struct Options {
  StateOptions state;
  agent::Destination place;
  std::string to;
};

Status export_key(const Options& o) {
  TRY_ASSIGN(const auto state, open_state(o.state));
  auto key = state->secrets().get(agent::system_key_name(o.place));
  if (!key && key.error().code == Code::kNotFound)
    return Error{Code::kNotFound, "the agent has made no key for " + o.place.place};
  if (!key) return std::move(key).error();
  agent::AuditEntry entry;
  entry.time = to_file_time(system_clock().now());
  entry.who = "mailkeepd";
  entry.action = "key.export";
  entry.object = o.place.place;
  entry.outcome = "ok";
  TRY(state->audit().append(entry));
  TRY_ASSIGN(File file, File::open(o.to, File::Mode::kCreateNew));
  TRY(file.write_at(0, as_bytes(key->reveal())));
  TRY(file.sync());
  fmt::print("{} opens {}: `--vault-key-file {}`. Whoever has it reads the mail; lock it away\n", o.to,
             o.place.place, o.to);
  return ok;
}

}  // namespace

void add_key_commands(CLI::App& app, Action& action) {
  const auto o = std::make_shared<Options>();
  auto* key = app.add_subcommand("key", "Keys that the agent keeps");
  key->require_subcommand(1);
  auto* c = key->add_subcommand("export", "Write the system generated key of a vault into a key file");
  add_state_options(*c, o->state);
  c->add_option("--place", o->place.place, "The vault, as the schedules name it")->required();
  c->add_option("--to", o->to, "The file to make, for its owner only")->required()->type_name("FILE");
  c->callback([o, &action] {
    action = [o] {
      const Status done = export_key(*o);
      return done ? ExitCode::kOk : report(done.error());
    };
  });
}

}  // namespace mk::app
