#include "vault_lock_commands.h"

#include <fmt/format.h>

#include <memory>

#include "base/text.h"
#include "base/time.h"
#include "index_cache.h"
#include "key_options.h"
#include "store_options.h"
#include "vault/lock.h"

namespace mk::app {
namespace {

struct Options {
  StoreOptions store;
  std::optional<std::uint32_t> days;
  KeyOptions key;
};

Status lock(const Options& o) {
  TRY_ASSIGN(const auto store, open_store(o.store));
  TRY_ASSIGN(const auto id, vault::read_vault_header(*store));
  TRY_ASSIGN(const auto key, read_key(o.key, *store));
  TRY_ASSIGN(const auto opened, vault::Vault::open(*store, key, index_file_of(id)));
  if (o.days) TRY(vault::set_lock(*opened, *o.days, to_file_time(system_clock().now())));
  const std::uint32_t days = opened->state().lock_days();
  if (days == 0)
    fmt::print("new points are not locked\n");
  else
    fmt::print("new points are locked for {} days, with everything that they need\n", days);
  return ok;
}

/// Needs no key of the vault, but rights that an agent need not have.
Status undelete(const Options& o) {
  TRY_ASSIGN(const auto store, open_store(o.store));
  std::uint64_t n = 0;
  TRY(store->undelete([&](const std::string& name) {
    fmt::print("is back: {}\n", printable(name));
    ++n;
  }));
  fmt::print(
      "{} objects are back; keys that were removed on purpose are too: `mailkeep key check` lists them, and "
      "`mailkeep vault check` says whether all is well\n",
      n);
  return ok;
}

template <class Run>
ExitCode report_of(const Options& o, Run run) {
  Status done = run(o);
  return done ? ExitCode::kOk : report(std::move(done).error().in(o.store.place));
}

}  // namespace

void add_lock_commands(CLI::App& vault, Action& action) {
  const auto o = std::make_shared<Options>();
  CLI::App* c = vault.add_subcommand("lock", "For how long nobody can delete a new restore point");
  add_store_options(*c, o->store);
  c->add_option("--days", o->days, "days from the commit on; 0: new points are not locked any more")
      ->check(CLI::Range(0u, vault::kMaxLockDays));
  add_key_options(*c, o->key);
  c->footer(
      "The vault lies in a bucket with object lock; docs/guides/s3.md says how to make one. Without --days "
      "the\n"
      "days are shown. Nothing shortens the lock of what was committed.");
  c->callback([o, &action] { action = [o] { return report_of(*o, lock); }; });

  const auto u = std::make_shared<Options>();
  c = vault.add_subcommand("undelete",
                           "Bring back what was deleted or written over in a bucket with versions");
  add_store_options(*c, u->store);
  c->callback([u, &action] { action = [u] { return report_of(*u, undelete); }; });
}

}  // namespace mk::app
