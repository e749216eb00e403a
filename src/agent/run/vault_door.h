#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "agent/schedule.h"
#include "agent/state/secrets.h"
#include "archive/node_cache.h"
#include "vault/vault.h"

namespace mk::agent {

/// Names of secrets that the agent keeps by itself.
inline constexpr char kDefaultPassword[] = "default-password";
std::string system_key_name(const Destination& destination);

/// The store that a destination is, if it is not a plain directory.
Result<std::unique_ptr<vault::Store>> open_store(const Destination& destination);

/// What opens a vault of a schedule.
/// Errors: kNotFound  no system generated key yet; no default password, no such secret: says how to set it;
/// those of the secrets
Result<vault::Unlock> find_vault_key(const Destination& destination, const Encryption& encryption,
                                     Secrets& secrets);
/// The same; a system generated key is made and sealed when there is none yet.
/// Errors: as find_vault_key()
Result<vault::Unlock> vault_key(const Destination& destination, const Encryption& encryption,
                                Secrets& secrets, FileTime now);
/// The technique that a new vault gets.  Errors: kInvalid  no such technique, or key size
Result<vault::Technique> technique_of(const Encryption& encryption);

/// A vault that anybody opens must not take what the schedule wants encrypted.  Errors: kDenied
Status check_protection(vault::Store& store, const Encryption& encryption);

/// An open vault of a destination. When it closes, the newest record of the log that it knows is remembered:
/// a store that is set back to an older state does not open again, so that nothing newer is deleted as
/// unknown.
struct VaultDoor {
  VaultDoor() = default;
  VaultDoor(const VaultDoor&) = delete;
  VaultDoor& operator=(const VaultDoor&) = delete;
  ~VaultDoor();
  Destination destination;
  std::filesystem::path head_file;
  std::unique_ptr<vault::Store> store;
  std::unique_ptr<vault::Vault> vault;
  std::mutex mutex;
  std::unique_ptr<archive::NodeCache> chunks;
};

/// Opens vaults; one that is not there yet is made, as the schedule says, when `make` is set; its lock is for
/// see_to_lock() (vault_lock.h).
/// Errors: those of stores and Vault::open(); kNotFound  no vault there; kDenied  not its key, or the vault
/// is not protected as the schedule says; kUnsupported  it is to be locked, which the store cannot do;
/// kCorrupt  also: set back to an older state, or another vault's log
struct DoorOptions {
  std::filesystem::path index_directory;  // what was read of packs is kept there, and heads of logs
  bool make = false;
};
Result<std::unique_ptr<VaultDoor>> open_vault(const Destination& destination, const Encryption& encryption,
                                              Secrets& secrets, const DoorOptions& options, Clock& clock);

}  // namespace mk::agent
