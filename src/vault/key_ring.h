#pragma once
#include <vector>

#include "base/time.h"
#include "vault/keys.h"
#include "vault/store.h"

namespace mk::vault {

/// VAULT: the object that says which vault a store holds, and in which technique it is sealed. Its version is
/// the lowest that can say so: 2 of legacy vaults and of those made with a clear key.  docs/formats/vault.md
struct VaultHeader {
  static constexpr char kName[] = "VAULT";
  std::array<char, 8> magic{'M', 'K', 'V', 'A', 'U', 'L', 'T', '1'};
  std::uint16_t version = 1;
  Technique technique;
  std::array<std::uint8_t, 3> reserved{};
  VaultId vault;
  static constexpr void fields(auto& io, auto& t) {
    io("magic", t.magic), io("version", t.version), io("technique", t.technique);
    io("reserved", t.reserved), io("vault", t.vault);
  }
};
static_assert(wire_size<VaultHeader>() == 32);

inline constexpr char kVaultHeaderName[] = "vault";
inline constexpr std::size_t kMaxVaultHeaderBytes = 256;

/// Errors: kNotFound  no vault here; kCorrupt, kTruncated  damaged; kUnsupported  of a newer version
Result<VaultId> read_vault_header(Store& store);
/// All of it: only a key shows that the technique is what it says.
Result<VaultHeader> read_whole_vault_header(Store& store);
/// Makes the key slot first and the header last: with the header the vault is there, and it can be opened.
/// Slots that are there without a header are of one that was killed, and are removed. Errors: kConflict  the
/// store holds a vault, or something else; those of the technique
Result<VaultId> create_vault(Store& store, const MasterKey& master, const Unlock& unlock,
                             std::string_view key_name, FileTime now);

/// At most 1,024: slots that can be read, by name of the object; damaged ones go to `damaged`, named with
/// what is wrong.
struct SlotList {
  std::vector<SlotInfo> slots;
  std::vector<std::string> damaged;
};
Result<SlotList> list_slots(Store& store);
/// A vault with a clear slot is not encrypted, whatever other keys it has.
bool has_clear_slot(const SlotList& list);

/// The slot that a password or key opens, and the master key.
struct Opened {
  SlotInfo slot;
  MasterKey master;
};
/// Errors: kDenied  it opens none; says what kinds of keys there are; kNotFound  no slots at all; kCorrupt
/// the header tells another technique; kUnsupported  this machine lacks the cipher; kExhausted  no memory to
/// try one, and no other opens
Result<Opened> unlock(Store& store, const VaultId& vault, const Unlock& key);

/// Errors: kConflict  the name is taken
Status add_key(Store& store, const VaultId& vault, const MasterKey& master, const Unlock& key,
               std::string_view name, FileTime now);
/// By name, or by id, also damaged ones.  Errors: kNotFound; kInvalid  it is the last one, or the name of
/// several; kConflict  the only other one was removed at the same moment, it is still there
Status remove_key(Store& store, std::string_view name_or_id);

}  // namespace mk::vault
