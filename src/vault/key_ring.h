#pragma once
#include <vector>

#include "base/time.h"
#include "vault/keys.h"
#include "vault/store.h"

namespace mk::vault {

/// VAULT: the object that says which vault a store holds.  docs/formats/vault.md
struct VaultHeader {
  static constexpr char kName[] = "VAULT";
  std::array<char, 8> magic{'M', 'K', 'V', 'A', 'U', 'L', 'T', '1'};
  std::uint16_t version = 1;
  std::array<std::uint8_t, 6> reserved{};
  VaultId vault;
  static constexpr void fields(auto& io, auto& t) {
    io("magic", t.magic), io("version", t.version), io("reserved", t.reserved), io("vault", t.vault);
  }
};
static_assert(wire_size<VaultHeader>() == 32);

inline constexpr char kVaultHeaderName[] = "vault";
inline constexpr std::size_t kMaxVaultHeaderBytes = 256;

/// Errors: kNotFound  no vault here; kCorrupt, kTruncated  damaged; kUnsupported  of a newer version
Result<VaultId> read_vault_header(Store& store);
/// Makes the key slot first and the header last: with the header the vault is there, and it can be opened.
/// Errors: kConflict  the store holds a vault, or something else
Result<VaultId> create_vault(Store& store, const SecretString& master, const Unlock& unlock,
                             std::string_view key_name, FileTime now);

/// Slots that can be read, by name of the object; damaged ones go to `damaged`, named with what is wrong.
struct SlotList {
  std::vector<SlotInfo> slots;
  std::vector<std::string> damaged;
};
Result<SlotList> list_slots(Store& store);

/// The slot that a password or key opens, and the master key.
struct Opened {
  SlotInfo slot;
  SecretString master;
};
/// Errors: kDenied  it opens none; says what kinds of keys there are; kNotFound  no slots at all
Result<Opened> unlock(Store& store, const VaultId& vault, const Unlock& key);

/// Errors: kConflict  the name is taken
Status add_key(Store& store, const VaultId& vault, const SecretString& master, const Unlock& key,
               std::string_view name, FileTime now);
/// By name, or by id.  Errors: kNotFound; kInvalid  it is the last one, or the name of several
Status remove_key(Store& store, std::string_view name_or_id);

}  // namespace mk::vault
