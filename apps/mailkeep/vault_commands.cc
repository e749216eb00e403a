#include "vault_commands.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "base/text.h"
#include "index_cache.h"
#include "key_options.h"
#include "rebuild_catalog_command.h"
#include "run_options.h"
#include "store_options.h"
#include "vault/check.h"
#include "vault/forget.h"
#include "vault/head_file.h"
#include "vault/repair.h"
#include "vault_files.h"
#include "vault_init_command.h"
#include "vault_lock_commands.h"
#include "vault_protection.h"
#include "vault_prune_command.h"

namespace mk::app {
namespace {

struct Options {
  StoreOptions store;
  std::string point, object, to, after, pack, head_file, repair_from;
  std::vector<std::string> files;
  std::uint64_t limit = 1000, offset = 0, length = ~std::uint64_t{0};
  bool keyless = false;
  vault::Compression compression = vault::Compression::kNormal;
  KeyOptions key;
};

struct Place {
  std::unique_ptr<vault::Store> store;
  std::unique_ptr<vault::Vault> vault;
};

/// What is kept outside of the vault, made anew from the packs alone.
Status rebuild(const Options& o) {
  TRY_ASSIGN(const auto store, open_store(o.store));
  auto id = vault::read_vault_header(*store);
  if (!id) return std::move(id).error().in(o.store.place);
  const auto file = index_file_of(*id);
  std::error_code not_there;
  std::filesystem::remove(file, not_there);
  TRY_ASSIGN(const auto key, read_key(o.key, *store));
  TRY_ASSIGN(const auto opened, vault::Vault::open(*store, key, file));
  for (const auto& text : opened->damage()) fmt::print("damaged: {}\n", printable(text));
  fmt::print("{} packs with {} chunks; the index is {}\n", opened->state().live_packs().size(),
             opened->index().rows(), file.string());
  if (opened->damage().empty()) return ok;
  return Error{Code::kCorrupt,
               "the entries of some packs cannot be read; `mailkeep vault check` says what is lost"};
}

Result<Place> open_vault(const Options& o) {
  TRY_ASSIGN(auto store, open_store(o.store));
  Place place{std::move(store), nullptr};
  auto id = vault::read_vault_header(*place.store);
  if (!id) return std::move(id).error().in(o.store.place);
  TRY_ASSIGN(const auto key, read_key(o.key, *place.store));
  auto opened = vault::open_remembered(*place.store, key, o.head_file, index_file_of(*id));
  if (!opened) return std::move(opened).error().in(o.store.place);
  place.vault = *std::move(opened);
  for (const auto& text : place.vault->damage())
    fmt::print(stderr, "mailkeep: warning: {}\n", printable(text));
  return place;
}

/// Needs no key, so that it can be asked wherever the store lies.
Status info(const Options& o) {
  TRY_ASSIGN(const auto store, open_store(o.store));
  auto header = vault::read_whole_vault_header(*store);
  if (!header) return std::move(header).error().in(o.store.place);
  TRY_ASSIGN(const auto slots, vault::list_slots(*store));
  struct Sum {
    std::uint64_t n = 0, bytes = 0;
  };
  std::map<std::string, Sum> sums;
  TRY(store->list("", [&](const std::string& name, std::uint64_t bytes) -> Status {
    Sum& s = sums[name.substr(0, name.find('/'))];
    ++s.n, s.bytes += bytes;
    return ok;
  }));
  fmt::print("vault   {}\nformat  {}\n", header->vault.hex(), header->version);
  print_protection(header->technique, slots);
  for (const char* folder : {"keys", "log", "checkpoints", "packs"})
    fmt::print("{:<7} {} objects, {} bytes\n", folder, sums[folder].n, sums[folder].bytes);
  TRY_ASSIGN(const auto facts, store->describe());
  for (const auto& line : facts) fmt::print("store   {}\n", printable(line));
  return ok;
}

Status put(const Options& o) {
  TRY_ASSIGN(const Place place, open_vault(o));
  vault::Session::Counts c;
  TRY_ASSIGN(const auto number, put_files(*place.vault, o.files, o.point, o.compression, c));
  TRY(vault::write_head(o.head_file, *place.vault));
  fmt::print("point #{} '{}': {} chunks, {} of them new with {} bytes, stored in {}\n", number.value,
             printable(o.point), c.chunks, c.new_chunks, c.raw_bytes, c.stored_bytes);
  return ok;
}

Status get(const Options& o) {
  TRY_ASSIGN(const Place place, open_vault(o));
  TRY_ASSIGN(const auto point, place.vault->find_point(o.point));
  if (!o.object.empty()) return get_object(*place.vault, point, o.object, o.offset, o.length);
  if (o.to.empty()) return Error{Code::kInvalid, "give the object to print, or --to DIR for all of them"};
  TRY_ASSIGN(const std::uint64_t lost, get_files(*place.vault, point, o.to));
  if (lost == 0) return ok;
  return Error{Code::kCorrupt,
               fmt::format("{} objects could not be restored, the others are in {}", lost, o.to)};
}

void print_point(const vault::Point& p) {
  fmt::print("#{:<5} {}  {:>9} objects  {:>14} bytes  {}\n", p.number.value, format_utc(p.time).substr(0, 19),
             p.root.entries, p.root.bytes, printable(p.name));
}

Status ls(const Options& o) {
  TRY_ASSIGN(const Place place, open_vault(o));
  if (o.point.empty()) {
    for (const auto& p : place.vault->points()) print_point(p);
    return ok;
  }
  TRY_ASSIGN(const auto point, place.vault->find_point(o.point));
  std::uint64_t left = o.limit;
  return vault::visit_tree(*place.vault, point.root, o.after, [&](const vault::Entry& e) -> Result<bool> {
    if (e.key == o.after) return true;
    if (left-- == 0) {
      fmt::print("... more: --after the last one\n");
      return false;
    }
    fmt::print("{:>12}  {}\n", e.object.size, printable(e.key));
    return true;
  });
}

Status forget(const Options& o) {
  TRY_ASSIGN(const Place place, open_vault(o));
  TRY_ASSIGN(const auto point, place.vault->find_point(o.point));
  TRY(vault::forget(*place.vault, point.number, to_file_time(system_clock().now())));
  TRY(vault::write_head(o.head_file, *place.vault));
  fmt::print("point #{} '{}' is forgotten; `mailkeep vault prune` gives its bytes back\n", point.number.value,
             printable(point.name));
  return ok;
}

/// Nothing when it is to be done without a key; `store` is where the key slots are.
Result<std::optional<vault::Keys>> find_keys(const Options& o, vault::Store& store,
                                             const vault::VaultId& id) {
  if (o.keyless) return std::optional<vault::Keys>();
  TRY_ASSIGN(const auto key, read_key(o.key, store));
  TRY_ASSIGN(const auto opened, vault::unlock(store, id, key));
  return std::optional(vault::derive_keys(id, opened.master));
}

Status repair(const Options& o, vault::Store& store) {
  StoreOptions from = o.store;
  from.place = o.repair_from;
  TRY_ASSIGN(const auto copy, open_store(from));
  TRY_ASSIGN(const auto id, vault::repair_header(store, *copy));
  TRY_ASSIGN(const auto keys, find_keys(o, *copy, id));
  TRY_ASSIGN(const auto r, vault::repair(store, *copy, id, keys ? &*keys : nullptr));
  for (const auto& name : r.repaired) fmt::print("repaired: {}\n", name);
  for (const auto& text : r.lost) fmt::print("not repaired: {}\n", printable(text));
  return ok;
}

Result<vault::CheckReport> run_check(const Options& o) {
  TRY_ASSIGN(const auto store, open_store(o.store));
  if (!o.repair_from.empty()) {
    Status done = repair(o, *store);
    if (!done) return std::move(done).error().in("--repair-from " + o.repair_from);
  }
  auto id = vault::read_vault_header(*store);
  if (!id) return std::move(id).error().in(o.store.place);
  TRY_ASSIGN(const auto keys, find_keys(o, *store, *id));
  TRY_ASSIGN(const auto known, vault::read_head(o.head_file));
  return vault::check(*store, *id, keys ? &*keys : nullptr, known);
}

Status check(const Options& o) {
  TRY_ASSIGN(const auto r, run_check(o));
  for (const auto& text : r.damage) fmt::print("damaged: {}\n", printable(text));
  std::uint64_t lost = 0;
  for (const auto& l : r.lost) {
    lost += l.objects;
    const std::string more = l.objects > 1 ? fmt::format(" and the {} objects behind it", l.objects - 1) : "";
    fmt::print("lost: point #{}: {}{}\n", l.point.value, printable(l.key), more);
  }
  fmt::print("{} log records, {} points, {} packs with {} bytes, {} chunks; {}\n", r.records, r.points,
             r.packs, r.bytes, r.chunks, o.keyless ? "contents not looked at: no key" : "each chunk opened");
  if (r.damage.empty()) return ok;
  return Error{Code::kCorrupt,
               fmt::format("the vault is damaged in {} places; {} objects are lost{}", r.damage.size(), lost,
                           o.keyless ? " as far as this shows without a key" : "")};
}

void print_record(const vault::LogRecord& r, const vault::LogState&) {
  const std::string time = format_utc(FileTime{r.head.time}).substr(0, 19);
  fmt::print("{} {} {}", r.head.number.value, time, vault::type_name(r.head.type));
  if (r.head.type == vault::LogType::kCommit) fmt::print(" {}", r.head.root.brief());
  if (r.head.type == vault::LogType::kLock)
    fmt::print(" for {} days", r.head.target.value);
  else if (r.head.target.value != 0)
    fmt::print(" of {}", r.head.target.value);
  fmt::print("\n");
  for (const auto& pack : r.packs) fmt::print("  pack {}\n", pack.hex());
}

void print_checkpoint(const std::string& name, const Result<vault::Checkpoint>& c) {
  if (!c) return fmt::print("{}: {}\n", printable(name), printable(c.error().what));
  const auto& parts = c->state.parts();
  fmt::print("checkpoint behind record {}: {} points, {} packs, {} sessions", c->state.head().number.value,
             parts.points.size(), parts.packs.size(), parts.sessions.size());
  if (c->locked_until != FileTime{})
    fmt::print("; locked until {}", format_utc(c->locked_until).substr(0, 10));
  fmt::print("\n");
}

/// The log as anybody sees it who has the store and no key, and what opening the vault begins with.
Status show_log(const Options& o) {
  TRY_ASSIGN(const auto store, open_store(o.store));
  auto id = vault::read_vault_header(*store);
  if (!id) return std::move(id).error().in(o.store.place);
  TRY(vault::LogChain(*store, *id, nullptr).read_whole(print_record));
  TRY_ASSIGN(const auto checkpoints, vault::list_checkpoints(*store));
  for (const auto& name : checkpoints)
    print_checkpoint(name, vault::read_checkpoint(*store, name, *id, nullptr));
  return ok;
}

Status show_pack(const Options& o) {
  TRY_ASSIGN(const auto store, open_store(o.store));
  TRY_ASSIGN(const auto id, vault::parse_id<vault::PackTag>(o.pack));
  TRY_ASSIGN(const auto index, vault::read_pack_index(*store, id));
  fmt::print("{} pack, {} records\n", index.kind == vault::ChunkKind::kData ? "data" : "metadata",
             index.entries.size());
  for (const auto& e : index.entries) fmt::print("{}  {:>9} {:>8}\n", e.id.hex(), e.offset, e.length);
  return ok;
}

using Command = Status (*)(const Options&);

/// A subcommand with its options, which live as long as it may run.
struct Added {
  CLI::App* app;
  std::shared_ptr<Options> o;
  Added& point(bool required) {
    app->add_option("POINT", o->point, "name or #number of a restore point")->required(required);
    return *this;
  }
  Added& key() {
    add_key_options(*app, o->key);
    return *this;
  }
  Added& head() {
    add_head_option(*app, o->head_file);
    return *this;
  }
};

Added add_command(CLI::App& vault, Action& action, const char* name, const char* what, Command run) {
  const auto o = std::make_shared<Options>();
  CLI::App* c = vault.add_subcommand(name, what);
  add_store_options(*c, o->store);
  c->callback([o, &action, run] {
    action = [o, run] {
      const Status s = run(*o);
      return s ? ExitCode::kOk : report(s.error());
    };
  });
  return {c, o};
}

void add_reading(CLI::App& vault, Action& action) {
  Added a =
      add_command(vault, action, "ls", "Restore points, or the objects of one", ls).point(false).key().head();
  a.app->add_option("--after", a.o->after, "begin behind this object");
  a.app->add_option("--limit", a.o->limit, "show at most so many objects")->capture_default_str();
  a = add_command(vault, action, "get", "Restore all objects of a point, or print one", get)
          .point(true)
          .key()
          .head();
  a.app->add_option("OBJECT", a.o->object, "the object to print on standard output");
  a.app->add_option("--to", a.o->to, "directory for all objects; nothing in it is overwritten");
  a.app->add_option("--offset", a.o->offset, "first byte of the object to print");
  a.app->add_option("--length", a.o->length, "how many bytes to print")->default_str("to the end");
  a = add_command(vault, action, "check", "Read everything and say what is damaged and what is lost", check)
          .key()
          .head();
  a.app->add_flag("--keyless", a.o->keyless, "check what can be checked without a key");
  a.app->add_option("--repair-from", a.o->repair_from,
                    "a copy of the vault: what is damaged or missing here is taken from there, verified");
  add_command(vault, action, "show", "The log, as anybody sees it who has no key", show_log);
  a = add_command(vault, action, "pack", "What lies in a pack; needs no key", show_pack);
  a.app->add_option("PACK", a.o->pack, "its id, as `show` prints it")->required();
}

}  // namespace

void add_vault_commands(CLI::App& app, Action& action) {
  CLI::App* vault = app.add_subcommand("vault", "Encrypted, deduplicated stores");
  vault->require_subcommand(1);
  add_init_command(*vault, action);
  add_command(*vault, action, "info", "Which vault it is and what lies in it; needs no key", info);
  Added a =
      add_command(*vault, action, "put", "Store files and folders as one restore point", put).key().head();
  a.app->add_option("FILES", a.o->files, "files and folders")->required();
  a.app->add_option("--point", a.o->point, "what to call the restore point")->required();
  add_compression_option(*a.app, a.o->compression);
  add_reading(*vault, action);
  add_command(*vault, action, "forget", "Let a restore point go", forget).point(true).key().head();
  add_prune_command(*vault, action);
  add_lock_commands(*vault, action);
  add_command(*vault, action, "rebuild", "Make the index of this computer anew from the packs", rebuild)
      .key();
  add_rebuild_catalog_command(*vault, action);
  vault->footer(
      "Examples:\n  mailkeep vault init VAULT --password-file pw\n"
      "  mailkeep vault put VAULT mail --point monday --password-file pw\n"
      "  mailkeep vault get VAULT monday --to out --password-file pw\n"
      "  mailkeep vault check VAULT --keyless\n"
      "  mailkeep vault init s3://BUCKET/PREFIX --s3-endpoint https://s3.example.com --s3-credentials key "
      "--password-file pw\n"
      "VAULT is a directory, or s3://BUCKET/PREFIX; docs/guides/s3.md says what S3 needs.");
}

}  // namespace mk::app
