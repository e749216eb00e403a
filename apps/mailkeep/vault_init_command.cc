#include "vault_init_command.h"

#include <fmt/format.h>

#include <memory>

#include "base/text.h"
#include "base/time.h"
#include "key_options.h"
#include "store_options.h"
#include "vault/lock.h"
#include "vault_protection.h"

namespace mk::app {
namespace {

constexpr std::uint16_t kDefaultBits = 448;

struct Options {
  StoreOptions store;
  std::string name = "first", cipher, encryption = "on";
  std::uint16_t key_bits = 0;
  std::uint32_t lock_days = 0;
  KeyOptions key;
};

Result<vault::Technique> technique_of(const Options& o) {
  if (o.cipher == "blowfish")
    return vault::Technique{vault::Cipher::kBlowfish, o.key_bits == 0 ? kDefaultBits : o.key_bits};
  if (o.key_bits != 0)
    return Error{Code::kInvalid,
                 "--key-bits goes with --cipher blowfish alone; the others have keys of one length"};
  return o.cipher == "3des" ? vault::Technique{vault::Cipher::kTripleDes, 0} : vault::Technique{};
}

/// What is to open the vault: with `--encryption off` nothing at all.
Result<vault::Unlock> find_key(const Options& o) {
  if (o.encryption == "on") return read_new_key(o.key);
  if (o.key.given() || !o.cipher.empty())
    return Error{Code::kInvalid, "--encryption off takes neither a key nor a cipher: leave them out"};
  return vault::Unlock{vault::SlotKind::kClear, {}};
}

void print_done(const vault::VaultId& id, const vault::Technique& technique, const vault::Unlock& key,
                const std::string& name) {
  if (key.kind == vault::SlotKind::kClear) {
    fmt::print("vault {} is made; no key is needed to open it\n", id.hex());
    return warn_not_encrypted(stdout);
  }
  fmt::print("vault {} is made; {} '{}' opens it\n", id.hex(), vault::kind_name(key.kind), printable(name));
  warn_legacy(technique);
  fmt::print(
      "Without a key nobody can read it, nor can we help: make a recovery key (mailkeep key new "
      "--recovery)\n");
}

Status lock(vault::Store& store, const vault::Unlock& key, const Options& o) {
  TRY_ASSIGN(const auto made, vault::Vault::open(store, key));
  Status done = vault::set_lock(*made, o.lock_days, to_file_time(system_clock().now()));
  if (!done) return std::move(done).error().in(o.store.place + ": the vault is made, without a lock");
  return ok;
}

Status init(const Options& o) {
  TRY_ASSIGN(const auto technique, technique_of(o));
  TRY_ASSIGN(const auto key, find_key(o));
  TRY_ASSIGN(const auto store, open_store(o.store));
  const std::string name = key.kind == vault::SlotKind::kClear ? "clear" : o.name;
  const vault::MasterKey master(SecretString(vault::random_bytes(32)), technique);
  auto id = vault::create_vault(*store, master, key, name, to_file_time(system_clock().now()));
  if (!id) return std::move(id).error().in(o.store.place);
  if (o.lock_days > 0) TRY(lock(*store, key, o));
  print_done(*id, technique, key, name);
  return ok;
}

std::string check_bits(const std::string& text) {
  const std::uint64_t bits = std::strtoull(text.c_str(), nullptr, 10);
  return bits >= 64 && bits <= 448 && bits % 8 == 0 ? "" : text + ": 64 to 448 in steps of 8";
}

}  // namespace

void add_init_command(CLI::App& vault, Action& action) {
  const auto o = std::make_shared<Options>();
  CLI::App* c = vault.add_subcommand("init", "Make a vault in an empty place");
  add_store_options(*c, o->store);
  add_key_options(*c, o->key);
  c->add_option("--name", o->name, "what to call the key")->capture_default_str();
  c->add_option(
       "--cipher", o->cipher,
       "how to encrypt, for as long as the vault lives: aes-256-gcm, or a legacy one: blowfish, 3des")
      ->check(CLI::IsMember({"aes-256-gcm", "blowfish", "3des"}))
      ->default_str("aes-256-gcm");
  c->add_option("--key-bits", o->key_bits, "of Blowfish: 64 to 448 in steps of 8")
      ->check(CLI::Validator(check_bits, ""))
      ->default_str(std::to_string(kDefaultBits));
  c->add_option(
       "--lock-days", o->lock_days,
       "nobody can delete a restore point for so many days from its commit; needs a bucket with object "
       "lock")
      ->check(CLI::Range(0u, vault::kMaxLockDays));
  c->add_option("--encryption", o->encryption,
                "off: no key is needed, and whoever has the vault reads and changes everything in it")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  c->callback([o, &action] {
    action = [o] {
      const Status s = init(*o);
      return s ? ExitCode::kOk : report(s.error());
    };
  });
}

}  // namespace mk::app
