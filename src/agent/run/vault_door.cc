#include "agent/run/vault_door.h"

#include "agent/keys/recovery.h"
#include "base/file.h"
#include "base/log.h"
#include "store/open_store.h"
#include "vault/head_file.h"

namespace mk::agent {
namespace {

constexpr unsigned kBlowfishBits = 448;

Result<vault::Unlock> password(Secrets& secrets, const std::string& name, const char* remedy) {
  auto found = secrets.get(name);
  if (found) return vault::Unlock{vault::SlotKind::kPassword, *std::move(found)};
  if (found.error().code == Code::kNotFound) found.error().what += remedy;
  return std::move(found).error();
}

Result<vault::Unlock> system_key(Secrets& secrets, const std::string& name) {
  auto found = secrets.get(name);
  if (!found) return std::move(found).error();
  return vault::parse_key(vault::SlotKind::kKeyFile, found->reveal());
}

Result<vault::VaultId> make_vault(vault::Store& store, const vault::Unlock& key, const Encryption& encryption,
                                  Clock& clock) {
  TRY_ASSIGN(const auto technique, technique_of(encryption));
  const vault::MasterKey master(SecretString(vault::random_bytes(32)), technique);
  const char* name = key.kind == vault::SlotKind::kClear ? "clear" : "agent";
  auto made = vault::create_vault(store, master, key, name, to_file_time(clock.now()));
  if (!made && made.error().code == Code::kConflict)
    return vault::read_vault_header(store);  // another run did
  return made;
}

}  // namespace

Result<std::unique_ptr<vault::Store>> open_store(const Destination& d) {
  store::StorePlace place;
  place.place = d.place;
  place.endpoint = d.s3_endpoint;
  place.region = d.s3_region;
  place.credentials_file = d.s3_credentials_file;
  place.ca_file = d.s3_ca_file;
  return store::open_store(place);
}

VaultDoor::~VaultDoor() {
  if (vault == nullptr) return;
  const auto known = vault::read_head(head_file);
  const bool is_known = known && *known && (*known)->number >= vault->log().head().number;
  if (const Status done = is_known ? Status(ok) : vault::write_head(head_file, *vault); !done)
    log_warning("the newest record of a vault's log is not remembered: " + done.error().what);
}

std::string system_key_name(const Destination& destination) {
  return "vault-key-" + place_name(destination.place);
}

Result<vault::Unlock> find_vault_key(const Destination& destination, const Encryption& encryption,
                                     Secrets& secrets) {
  switch (encryption.mode) {
    case Encryption::Mode::kOff:
      return vault::Unlock{vault::SlotKind::kClear, {}};
    case Encryption::Mode::kSystem:
      return system_key(secrets, system_key_name(destination));
    case Encryption::Mode::kCustom:
      return password(secrets, encryption.secret, "; give the schedule a password of its own again");
    case Encryption::Mode::kDefaultPassword:
      break;
  }
  return password(secrets, kDefaultPassword, "; set the default password (mailkeep key default)");
}

Result<vault::Unlock> vault_key(const Destination& destination, const Encryption& encryption,
                                Secrets& secrets, FileTime now) {
  auto found = find_vault_key(destination, encryption, secrets);
  if (found || encryption.mode != Encryption::Mode::kSystem || found.error().code != Code::kNotFound)
    return found;
  auto made = vault::make_unlock(vault::SlotKind::kKeyFile);
  TRY(secrets.put(system_key_name(destination), SecretString(vault::format_key(made)), now));
  return made;
}

Status check_protection(vault::Store& store, const Encryption& encryption) {
  if (encryption.mode == Encryption::Mode::kOff) return ok;
  TRY_ASSIGN(const auto slots, vault::list_slots(store));
  if (!vault::has_clear_slot(slots)) return ok;
  return Error{Code::kDenied,
               "the vault is not encrypted, but the schedule says that it is; set the schedule's encryption "
               "off, or name another place"};
}

Result<vault::Technique> technique_of(const Encryption& e) {
  const auto bits = static_cast<std::uint16_t>(e.key_bits);
  if (e.technique == "blowfish") {
    const vault::Technique t{vault::Cipher::kBlowfish, bits == 0 ? std::uint16_t{kBlowfishBits} : bits};
    TRY(vault::check_technique(t));
    return t;
  }
  if (e.technique == "triple-des") return vault::Technique{vault::Cipher::kTripleDes, 0};
  if (e.technique == "aes-256-gcm") return vault::Technique{};
  return Error{Code::kInvalid,
               "encryption technique " + e.technique + ": there are aes-256-gcm, blowfish and triple-des"};
}

Result<std::unique_ptr<VaultDoor>> open_vault(const Destination& destination, const Encryption& encryption,
                                              Secrets& secrets, const DoorOptions& options, Clock& clock) {
  const auto open = [&]() -> Result<std::unique_ptr<VaultDoor>> {
    auto door = std::make_unique<VaultDoor>();
    door->destination = destination;
    TRY_ASSIGN(door->store, open_store(destination));
    TRY_ASSIGN(const auto key, vault_key(destination, encryption, secrets, to_file_time(clock.now())));
    auto id = vault::read_vault_header(*door->store);
    if (!id && id.error().code == Code::kNotFound && options.make) {
      if (destination.lock_days > 0) TRY(door->store->can_lock());  // or it would be made without a lock
      id = make_vault(*door->store, key, encryption, clock);
    }
    if (!id) return std::move(id).error();
    TRY(check_protection(*door->store, encryption));
    TRY(mk::create_directories(options.index_directory));
    door->head_file = options.index_directory / (place_name(destination.place) + "." + id->hex() + ".head");
    TRY_ASSIGN(door->vault, vault::open_remembered(*door->store, key, door->head_file,
                                                   options.index_directory / (id->hex() + ".index")));
    door->chunks = std::make_unique<archive::NodeCache>(*door->vault, door->mutex);
    return door;
  };
  auto opened = open();
  if (!opened) return std::move(opened).error().in(destination.place);
  return opened;
}

}  // namespace mk::agent
