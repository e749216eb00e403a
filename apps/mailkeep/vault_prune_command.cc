#include "vault_prune_command.h"

#include <fmt/format.h>

#include <memory>

#include "base/time.h"
#include "index_cache.h"
#include "key_options.h"
#include "store_options.h"
#include "vault/head_file.h"
#include "vault/prune.h"

namespace mk::app {
namespace {

struct Options {
  StoreOptions store;
  bool dry_run = false, allow_shrink = false;
  std::string head_file;
  std::uint64_t grace_minutes = 24 * 60, max_copied_mib = 1024;
  KeyOptions key;
};

void print_report(const vault::PruneReport& r, bool dry_run) {
  const char* would = dry_run ? "would be " : "";
  fmt::print("{} points need {} chunks: {} of {} bytes in {} packs\n", r.points, r.chunks, r.needed_bytes,
             r.live.bytes, r.live.packs);
  fmt::print("{}copied out of {} sparse packs: {} bytes\n", would, r.repacked.packs, r.repacked.bytes);
  fmt::print("{}condemned: {} packs, {} bytes\n", would, r.condemned.packs, r.condemned.bytes);
  fmt::print("{}deleted: {} packs, {} bytes; condemned and waiting: {} packs, {} bytes\n", would,
             r.dropped.packs, r.dropped.bytes, r.waiting.packs, r.waiting.bytes);
  if (r.locked.packs > 0)
    fmt::print("locked: {} packs, {} bytes of what is deleted; the store keeps them until {}\n",
               r.locked.packs, r.locked.bytes, format_utc(r.locked_until).substr(0, 10));
  fmt::print("{} sessions were open, {} {}ended, since nothing was heard of them\n", r.sessions, r.ended,
             would);
  if (dry_run)
    fmt::print("not checked without a key: that nobody forged what points refer to, or where it lies\n");
}

/// A dry run needs no key.
Result<vault::PruneReport> run(const Options& o) {
  TRY_ASSIGN(const auto store, open_store(o.store));
  TRY_ASSIGN(const auto id, vault::read_vault_header(*store));
  vault::PruneOptions options;
  options.grace = std::chrono::minutes(o.grace_minutes);
  options.max_copied_bytes = o.max_copied_mib << 20;
  options.allow_shrink = o.allow_shrink;
  const FileTime now = to_file_time(system_clock().now());
  if (o.dry_run) return vault::plan_prune(*store, id, options, now);
  TRY_ASSIGN(const auto key, read_key(o.key, *store));
  TRY_ASSIGN(const auto opened, vault::open_remembered(*store, key, o.head_file, index_file_of(id)));
  TRY_ASSIGN(const auto report, vault::prune(*opened, options, now));
  TRY(vault::write_head(o.head_file, *opened));
  return report;
}

ExitCode prune(const Options& o) {
  auto r = run(o);
  if (!r) return report(std::move(r).error().in(o.store.place));
  print_report(*r, o.dry_run);
  return ExitCode::kOk;
}

}  // namespace

void add_prune_command(CLI::App& vault, Action& action) {
  const auto o = std::make_shared<Options>();
  CLI::App* c = vault.add_subcommand("prune", "Give back the room of what no restore point needs");
  add_store_options(*c, o->store);
  c->add_flag("--dry-run", o->dry_run, "only say what would be done; needs no key");
  c->add_option(
       "--grace", o->grace_minutes,
       "minutes that a pack stays condemned before it is deleted, and that nothing may be heard of a "
       "running backup before it is given up")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{60 * 24 * 3650}))
      ->capture_default_str();
  c->add_option("--max-copied", o->max_copied_mib, "copy at most so many MiB out of mostly dead packs")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 30))
      ->capture_default_str();
  c->add_flag("--allow-shrink", o->allow_shrink,
              "go on although less than half of the bytes is needed any more");
  add_head_option(*c, o->head_file);
  add_key_options(*c, o->key);
  c->footer(
      "What no point needs is condemned first and deleted by a run after the grace time; backups may go on\n"
      "meanwhile. --grace 0 deletes at once and makes backups that run at this moment fail.");
  c->callback([o, &action] { action = [o] { return prune(*o); }; });
}

}  // namespace mk::app
