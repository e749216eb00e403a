#include "key_commands.h"

#include <fmt/format.h>

#include <memory>

#include "agent_key_commands.h"
#include "base/file.h"
#include "base/text.h"
#include "key_options.h"
#include "store_options.h"
#include "vault/key_shares.h"
#include "vault_protection.h"

namespace mk::app {
namespace {

struct Options {
  StoreOptions store;
  std::string file, name, to;
  std::vector<std::string> files;
  unsigned shares = 0, needed = 0;
  bool recovery = false;
  KeyOptions key, new_key;
};

struct Place {
  std::unique_ptr<vault::Store> store;
  vault::VaultId id;
};

Result<Place> find_vault(const StoreOptions& o) {
  TRY_ASSIGN(auto store, open_store(o));
  Place place{std::move(store), {}};
  auto id = vault::read_vault_header(*place.store);
  if (!id) return std::move(id).error().in(o.place);
  place.id = *id;
  return place;
}

Result<vault::Opened> open_vault(const Place& place, const Options& o) {
  TRY_ASSIGN(const vault::Unlock key, read_key(o.key, *place.store));
  auto opened = vault::unlock(*place.store, place.id, key);
  if (!opened) return std::move(opened).error().in(o.store.place);
  return opened;
}

Status make_new(const Options& o) {
  const auto key = vault::make_unlock(o.recovery ? vault::SlotKind::kRecovery : vault::SlotKind::kKeyFile);
  std::string text = vault::format_key(key);
  TRY_ASSIGN(File file, File::open(o.file, File::Mode::kCreateNew));
  TRY(file.write_at(0, as_bytes(text)));
  TRY(file.sync());
  wipe(text);
  fmt::print("{} holds a new {}; it opens nothing yet\n", o.file, vault::kind_name(key.kind));
  return ok;
}

/// Another key beside a clear one protects nothing.
Status say_whether_it_is_open(const Place& place) {
  TRY_ASSIGN(const auto slots, vault::list_slots(*place.store));
  if (!has_clear_slot(slots)) return ok;
  warn_not_encrypted(stdout);
  fmt::print("`mailkeep key remove` of its clear key, with another key, makes it ask for one\n");
  return ok;
}

Status add(const Options& o) {
  TRY_ASSIGN(const Place place, find_vault(o.store));
  TRY_ASSIGN(const auto opened, open_vault(place, o));
  TRY_ASSIGN(const auto key, read_new_key(o.new_key));
  TRY(vault::add_key(*place.store, place.id, opened.master, key, o.name, to_file_time(system_clock().now())));
  fmt::print("{} '{}' opens the vault from now on\n", vault::kind_name(key.kind), printable(o.name));
  return say_whether_it_is_open(place);
}

/// A key that opens the vault is asked for: who cannot read it shall not lock others out by accident.
Status remove(const Options& o) {
  TRY_ASSIGN(const Place place, find_vault(o.store));
  TRY_ASSIGN(const auto opened, open_vault(place, o));
  if (opened.slot.name == o.name || opened.slot.id == o.name)
    return Error{Code::kInvalid,
                 "this is the key that was given; remove it with another one, which then surely works"};
  TRY_ASSIGN(const auto before, vault::list_slots(*place.store));
  TRY(vault::remove_key(*place.store, o.name));
  fmt::print("'{}' no longer opens the vault\n", printable(o.name));
  TRY_ASSIGN(const auto after, vault::list_slots(*place.store));
  if (has_clear_slot(before) && !has_clear_slot(after))
    fmt::print(
        "It asks for a key from now on. Yet whoever has a copy of its folder keys/ from before reads it, and "
        "what is "
        "added later: the master key stays the same. A new vault is safe, this one is not against them\n");
  return say_whether_it_is_open(place);
}

Status check(const Options& o) {
  TRY_ASSIGN(const Place place, find_vault(o.store));
  TRY_ASSIGN(const auto opened, open_vault(place, o));
  TRY_ASSIGN(const auto list, vault::list_slots(*place.store));
  for (const auto& slot : list.slots)
    fmt::print("{}  {:<12}  {}  {}{}\n", slot.id, vault::kind_name(slot.fields.kind),
               format_utc(FileTime{slot.fields.created}).substr(0, 19), printable(slot.name),
               slot.id == opened.slot.id ? "  (opened the vault)" : "");
  print_protection(opened.master.technique, list);
  for (const auto& text : list.damaged) fmt::print("damaged: {}\n", printable(text));
  if (list.damaged.empty()) return ok;
  return Error{Code::kCorrupt, fmt::format("{} damaged keys; the others work", list.damaged.size())};
}

/// With the recovery key a new password takes the place of the one that was lost.
Status recover(const Options& o) {
  if (o.key.recovery_file.empty())
    return Error{Code::kInvalid, "give the recovery key with --recovery-file FILE"};
  TRY_ASSIGN(const Place place, find_vault(o.store));
  TRY_ASSIGN(const auto opened, open_vault(place, o));
  TRY_ASSIGN(const auto key, read_new_key(o.new_key));
  TRY_ASSIGN(const auto before, vault::list_slots(*place.store));
  // the new one first: at no time is there none
  TRY(vault::add_key(*place.store, place.id, opened.master, key, o.name, to_file_time(system_clock().now())));
  for (const auto& slot : before.slots)
    if (slot.fields.kind == vault::SlotKind::kPassword) TRY(vault::remove_key(*place.store, slot.id));
  fmt::print("{} '{}' opens the vault from now on, the passwords before no longer do\n",
             vault::kind_name(key.kind), printable(o.name));
  return say_whether_it_is_open(place);
}

/// One file for each share: TO-1.txt ... TO-N.txt.
Status split(const Options& o) {
  TRY_ASSIGN(auto text, read_file(o.file, 4096));
  auto key = vault::parse_key(vault::SlotKind::kRecovery, text);
  wipe(text);
  if (!key) return std::move(key).error().in(o.file);
  TRY_ASSIGN(const auto shares, vault::split_key(*key, o.shares, o.needed));
  for (const auto& share : shares) {
    const std::string name = fmt::format("{}-{}.txt", o.to, share.number);
    TRY_ASSIGN(File file, File::open(name, File::Mode::kCreateNew));
    TRY(file.write_at(0, as_bytes(vault::format_share(share))));
    TRY(file.sync());
    fmt::print("{}\n", name);
  }
  fmt::print(
      "any {} of these {} shares give the key back: print each, give them to different people, and delete "
      "the "
      "files\n",
      o.needed, o.shares);
  return ok;
}

Status join(const Options& o) {
  std::vector<vault::KeyShare> shares;
  for (const auto& name : o.files) {
    TRY_ASSIGN(auto text, read_file(name, 4096));
    auto share = vault::parse_share(text);
    wipe(text);
    if (!share) return std::move(share).error().in(name);
    shares.push_back(*std::move(share));
  }
  TRY_ASSIGN(const auto key, vault::join_key(vault::SlotKind::kRecovery, shares));
  TRY_ASSIGN(File file, File::open(o.to, File::Mode::kCreateNew));
  TRY(file.write_at(0, as_bytes(vault::format_key(key))));
  TRY(file.sync());
  fmt::print("{} holds the recovery key\n", o.to);
  return ok;
}

using Command = Status (*)(const Options&);

CLI::App* add_command(CLI::App& key, Action& action, const char* name, const char* what, Command run) {
  const auto o = std::make_shared<Options>();
  CLI::App* c = key.add_subcommand(name, what);
  const std::string command = name;
  if (command == "new") {
    c->add_option("FILE", o->file, "the file to make")->required();
    c->add_flag("--recovery", o->recovery, "a recovery key, to be printed and locked away");
  } else if (command == "split") {
    c->add_option("FILE", o->file, "file with the recovery key")->required();
    c->add_option("--shares", o->shares, "how many shares to make, at most 255")->required();
    c->add_option("--needed", o->needed, "how many of them give the key back, at least 2")->required();
    c->add_option("--to", o->to, "beginning of their names: TO-1.txt, TO-2.txt ...")->required();
  } else if (command == "join") {
    c->add_option("FILE", o->files, "files with shares")->required();
    c->add_option("--to", o->to, "the file to make, with the recovery key")->required();
  } else {
    add_store_options(*c, o->store);
    add_key_options(*c, o->key);
  }
  if (command == "remove") c->add_option("NAME", o->name, "name or id, as `key check` shows it")->required();
  if (command == "add" || command == "recover") {
    add_key_options(*c, o->new_key, "new-");
    c->add_option("--name", o->name, "what to call the new key")->required();
  }
  c->callback([o, &action, run] {
    action = [o, run] {
      const Status s = run(*o);
      return s ? ExitCode::kOk : report(s.error());
    };
  });
  return c;
}

}  // namespace

void add_key_commands(CLI::App& app, Action& action) {
  CLI::App* key = app.add_subcommand("key", "Keys of vaults: passwords, key files, recovery keys");
  key->require_subcommand(1);
  add_command(*key, action, "new", "Make a key file or a recovery key", make_new);
  add_command(*key, action, "add", "Let another key open a vault", add);
  add_command(*key, action, "remove", "Let a key open a vault no longer", remove);
  add_command(*key, action, "check", "Which keys a vault has, and whether this one opens it", check);
  add_command(*key, action, "recover", "Set a new password with the recovery key", recover);
  add_command(*key, action, "split", "Share a recovery key among several people", split);
  add_command(*key, action, "join", "Get a recovery key back from its shares", join);
  add_agent_key_commands(*key, action);
  key->footer(
      "Examples:\n  mailkeep key check VAULT --password-file pw\n  mailkeep key new recovery.txt --recovery\n"
      "  mailkeep key add VAULT --password-file pw --new-recovery-file recovery.txt --name paper\n"
      "  mailkeep key recover VAULT --recovery-file recovery.txt --new-password-file pw2 --name office");
}

}  // namespace mk::app
