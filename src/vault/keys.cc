#include "vault/keys.h"

#include <fmt/format.h>

namespace mk::vault {
namespace {

constexpr std::string_view kKeyText = "mailkeep-key-1";
constexpr std::size_t kKeyBytes = 32;

SecretString named(const SecretString& prk, std::string_view name) {
  return hkdf_expand(prk, {as_bytes("mailkeep "), as_bytes(name)});
}

/// The key that wraps the master key.
Result<SecretString> wrapping_key(const KeySlot& slot, const Unlock& unlock) {
  if (slot.kind == SlotKind::kPassword)
    return argon2id(unlock.secret, slot.salt, {slot.passes, slot.memory_kib});
  const auto prk = hkdf_extract(std::as_bytes(std::span(slot.salt)), as_bytes(unlock.secret.reveal()));
  return named(prk, "key slot");
}

ByteString aad_of(const VaultId& vault, const KeySlot& slot, std::string_view name) {
  ByteString aad(as_chars(vault.view()));
  encode_to(aad, slot);
  return aad.append(name);
}

std::string check_of(std::string_view digits) { return to_hex(Bytes(sha256(as_bytes(digits))).first(4)); }

}  // namespace

Keys derive_keys(const VaultId& vault, const MasterKey& master) {
  const auto prk = hkdf_extract(vault.view(), as_bytes(master.secret.reveal()));
  return {named(prk, "dedup"),   named(prk, "data"),     named(prk, "cut"), named(prk, "tree cut"),
          named(prk, "log mac"), named(prk, "log seal"), master.technique};
}

std::string_view kind_name(SlotKind kind) {
  constexpr std::array<std::string_view, 5> kNames{"", "password", "key file", "recovery key", "clear key"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Unlock make_unlock(SlotKind kind) { return {kind, SecretString(random_bytes(kKeyBytes))}; }

std::string format_key(const Unlock& unlock) {
  const std::string digits = to_hex(as_bytes(unlock.secret.reveal()));
  std::string text(kKeyText);
  for (std::size_t i = 0; i < digits.size(); i += 8) text += " " + digits.substr(i, 8);
  return text + " " + check_of(digits) + "\n";
}

Result<Unlock> parse_key(SlotKind kind, std::string_view text) {
  if (!text.starts_with(kKeyText))
    return Error{Code::kInvalid, fmt::format("not a key of mailkeep; it would begin with {}", kKeyText)};
  std::string digits;
  for (const char c : text.substr(kKeyText.size()))
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t' && c != '-')
      digits += c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
  const std::size_t n = 2 * kKeyBytes;
  if (digits.size() != n + 8 || check_of(digits.substr(0, n)) != digits.substr(n))
    return Error{Code::kInvalid, "the key has a wrong, missing or additional digit: its check does not fit"};
  TRY_ASSIGN(ByteString bytes, from_hex(digits.substr(0, n)));
  Unlock unlock{kind, SecretString(bytes)};
  wipe(bytes);
  wipe(digits);
  return unlock;
}

Result<SlotInfo> wrap_key(const VaultId& vault, const MasterKey& master, const Unlock& unlock,
                          std::string_view name, std::uint64_t now) {
  if (name.empty() || name.size() > kMaxSlotName)
    return Error{Code::kInvalid,
                 fmt::format("the name of a key has 1 to {} bytes, not {}", kMaxSlotName, name.size())};
  KeySlot slot;
  slot.kind = unlock.kind;
  slot.technique = master.technique;
  if (slot.kind == SlotKind::kPassword) {
    const PasswordCost cost;
    slot.passes = cost.passes, slot.memory_kib = cost.memory_kib;
  }
  slot.name_bytes = static_cast<std::uint32_t>(name.size());
  slot.created = now;
  const ByteString salt = random_bytes(slot.salt.size());
  std::copy_n(reinterpret_cast<const std::uint8_t*>(salt.data()), salt.size(), slot.salt.begin());
  slot.nonce = random_nonce();
  TRY_ASSIGN(const SecretString key, wrapping_key(slot, unlock));
  ByteString bytes = encode(slot);
  bytes.append(name);
  bytes += seal(key, slot.nonce, as_bytes(aad_of(vault, slot, name)), as_bytes(master.secret.reveal()));
  append_le(bytes, xxh3(as_bytes(bytes)));
  return decode_slot(as_bytes(bytes));
}

Result<SlotInfo> decode_slot(Bytes bytes) {
  Reader r(bytes);
  SlotInfo slot;
  KeySlot::fields(r, slot.fields);
  const auto& f = slot.fields;
  if (r.ok() && (f.magic != KeySlot{}.magic || f.name_bytes == 0 || f.name_bytes > kMaxSlotName ||
                 f.kind < SlotKind::kPassword || f.kind > SlotKind::kClear || !check_technique(f.technique)))
    return Error{Code::kCorrupt, "KEYSLOT: not a key slot of this version of mailkeep"};
  slot.name = as_chars(r.take("name", f.name_bytes));
  r.take("wrapped", kKeyBytes + kTagBytes);
  const std::size_t body = r.pos();
  std::uint64_t sum = 0;
  r("xxh3", sum);
  if (!r.ok()) return r.error("KEYSLOT");
  if (r.left() != 0 || sum != xxh3(bytes.first(body)))
    return Error{Code::kCorrupt, "KEYSLOT.xxh3: the key slot is damaged"};
  slot.bytes = as_chars(bytes);
  slot.id = to_hex(Bytes(sha256(bytes)).first(8));
  return slot;
}

Result<MasterKey> unwrap_key(const VaultId& vault, const SlotInfo& slot, const Unlock& unlock) {
  const Error denied{Code::kDenied, fmt::format("not the {} of key '{}'", kind_name(unlock.kind), slot.name)};
  if (slot.fields.kind != unlock.kind) return denied;
  TRY_ASSIGN(const SecretString key, wrapping_key(slot.fields, unlock));
  const auto wrapped =
      as_bytes(slot.bytes).subspan(wire_size<KeySlot>() + slot.name.size(), kKeyBytes + kTagBytes);
  auto master = unseal(key, slot.fields.nonce, as_bytes(aad_of(vault, slot.fields, slot.name)), wrapped);
  if (!master) return denied;
  MasterKey key_of_vault(SecretString(*master), slot.fields.technique);
  wipe(*master);
  return key_of_vault;
}

}  // namespace mk::vault
