#pragma once
#include <string>

#include "base/wire.h"
#include "vault/ids.h"
#include "vault/technique.h"

namespace mk::vault {

/// What opens everything in a vault, 32 random bytes, and the technique in which it was sealed.
struct MasterKey {
  MasterKey(SecretString master, const Technique& sealed_with = {})
      : secret(std::move(master)), technique(sealed_with) {}
  SecretString secret;
  Technique technique;
};

/// Everything that is derived from a vault's master key.
/// Format: docs/formats/vault.md, "Keys"
struct Keys {
  SecretString dedup, data, cut, tree_cut, log_mac, log_seal;
  Technique technique;
};
Keys derive_keys(const VaultId& vault, const MasterKey& master);

enum class SlotKind : std::uint8_t { kPassword = 1, kKeyFile = 2, kRecovery = 3, kClear = 4 };
std::string_view kind_name(SlotKind kind);

/// What somebody has to open a vault: a password, or the 32 bytes of a key file or recovery key. A clear slot
/// takes no secret: everybody has it.
struct Unlock {
  SlotKind kind = SlotKind::kPassword;
  SecretString secret;
};

/// Key files and recovery keys as text, `mailkeep-key-1 HEX... CHECK`, in groups of eight digits.
Unlock make_unlock(SlotKind kind);
std::string format_key(const Unlock& unlock);
/// Errors: kInvalid  not such a text, or a digit is wrong (the check says so)
Result<Unlock> parse_key(SlotKind kind, std::string_view text);

/// KEYSLOT: the master key, wrapped.  docs/formats/vault.md
struct KeySlot {
  static constexpr char kName[] = "KEYSLOT";
  std::array<char, 8> magic{'M', 'K', 'K', 'E', 'Y', 'S', 'L', '1'};
  SlotKind kind = SlotKind::kPassword;
  Technique technique;  // the vault's; the slot itself is sealed with AES-256-GCM
  std::uint32_t passes = 0, memory_kib = 0, name_bytes = 0;
  std::uint64_t created = 0;
  std::array<std::uint8_t, 16> salt{};
  Nonce nonce{};
  static constexpr void fields(auto& io, auto& t) {
    io("magic", t.magic), io("kind", t.kind), io("technique", t.technique), io("passes", t.passes);
    io("memory_kib", t.memory_kib), io("name_bytes", t.name_bytes), io("created", t.created);
    io("salt", t.salt), io("nonce", t.nonce);
  }
};
static_assert(wire_size<KeySlot>() == 60);

inline constexpr std::size_t kMaxSlotBytes = 512;
inline constexpr std::size_t kMaxSlotName = 64;

/// A slot as it lies in the store.
struct SlotInfo {
  std::string id;  // its name below keys/
  std::string name;
  KeySlot fields;
  ByteString bytes;
};
/// Errors: kInvalid  the name is empty or longer than 64 bytes; kExhausted  no memory for the password's key
Result<SlotInfo> wrap_key(const VaultId& vault, const MasterKey& master, const Unlock& unlock,
                          std::string_view name, std::uint64_t now);
/// Errors: kCorrupt, kTruncated  not a key slot, or a damaged one
Result<SlotInfo> decode_slot(Bytes bytes);
/// Errors: kDenied  not the key of this slot; kCorrupt, kExhausted
Result<MasterKey> unwrap_key(const VaultId& vault, const SlotInfo& slot, const Unlock& unlock);

}  // namespace mk::vault
