#include "vault/key_ring.h"

#include <fmt/format.h>

namespace mk::vault {
namespace {

constexpr std::size_t kMaxSlots = 64;

Status store_slot(Store& store, const SlotInfo& slot) {
  return store.put("keys/" + slot.id, as_bytes(slot.bytes));
}

Result<VaultHeader> decode_header(Bytes bytes) {
  TRY_ASSIGN(const VaultHeader h, decode<VaultHeader>(bytes));
  if (h.magic != VaultHeader{}.magic)
    return Error{Code::kCorrupt, "VAULT.magic: this is not the header of a vault"};
  if (h.version != 1)
    return Error{Code::kUnsupported,
                 fmt::format("VAULT.version {}: made by a newer mailkeep; use that one", h.version)};
  const std::size_t n = wire_size<VaultHeader>();
  if (bytes.size() != n + 8 || load_le<std::uint64_t>(bytes.data() + n) != xxh3(bytes.first(n)) ||
      h.reserved != VaultHeader{}.reserved)
    return Error{Code::kCorrupt, "VAULT.xxh3: the header of the vault is damaged"};
  return h;
}

}  // namespace

Result<VaultId> read_vault_header(Store& store) {
  auto bytes = get_whole(store, kVaultHeaderName, kMaxVaultHeaderBytes);
  if (!bytes && bytes.error().code == Code::kNotFound)
    return Error{Code::kNotFound, "there is no vault here; `mailkeep vault init` makes one"};
  if (!bytes) return std::move(bytes).error();
  TRY_ASSIGN(const VaultHeader h, decode_header(as_bytes(*bytes)));
  return h.vault;
}

Result<VaultId> create_vault(Store& store, const SecretString& master, const Unlock& key,
                             std::string_view key_name, FileTime now) {
  TRY(store.list("", [](const std::string& name, std::uint64_t) -> Status {
    return Error{Code::kConflict,
                 fmt::format("the store is not empty, it holds {}; choose another place", name)};
  }));
  VaultHeader h;
  const ByteString id = random_bytes(h.vault.bytes.size());
  std::copy_n(reinterpret_cast<const std::uint8_t*>(id.data()), id.size(), h.vault.bytes.begin());
  TRY_ASSIGN(const SlotInfo slot, wrap_key(h.vault, master, key, key_name, now.ticks));
  TRY(store_slot(store, slot));
  ByteString bytes = encode(h);
  append_le(bytes, xxh3(as_bytes(bytes)));
  TRY(store.put(kVaultHeaderName, as_bytes(bytes)));
  return h.vault;
}

Result<SlotList> list_slots(Store& store) {
  SlotList list;
  TRY(store.list("keys/", [&](const std::string& name, std::uint64_t) -> Status {
    if (list.slots.size() + list.damaged.size() >= kMaxSlots)
      return Error{Code::kCorrupt, fmt::format("more than {} keys; mailkeep makes no more", kMaxSlots)};
    auto bytes = get_whole(store, name, kMaxSlotBytes);
    auto slot = bytes ? decode_slot(as_bytes(*bytes)) : Result<SlotInfo>(std::move(bytes).error());
    if (slot && "keys/" + slot->id != name)
      slot = Error{Code::kCorrupt, "its name is not that of its content"};
    if (slot)
      list.slots.push_back(*std::move(slot));
    else
      list.damaged.push_back(name + ": " + slot.error().what);
    return ok;
  }));
  return list;
}

Result<Opened> unlock(Store& store, const VaultId& vault, const Unlock& key) {
  TRY_ASSIGN(const SlotList list, list_slots(store));
  std::string there;
  for (const SlotInfo& slot : list.slots) {
    there += fmt::format("{}{} '{}'", there.empty() ? "" : ", ", kind_name(slot.fields.kind), slot.name);
    auto master = unwrap_key(vault, slot, key);
    if (master) return Opened{slot, *std::move(master)};
    if (master.error().code != Code::kDenied) return std::move(master).error().in("key '" + slot.name + "'");
  }
  if (there.empty())
    return Error{Code::kNotFound, "the vault has no readable key; bring back a copy of its folder keys/"};
  return Error{Code::kDenied, fmt::format("this {} does not open the vault, whose keys are: {}",
                                          kind_name(key.kind), there)};
}

Status add_key(Store& store, const VaultId& vault, const SecretString& master, const Unlock& key,
               std::string_view name, FileTime now) {
  TRY_ASSIGN(const SlotList list, list_slots(store));
  for (const SlotInfo& slot : list.slots)
    if (slot.name == name)
      return Error{Code::kConflict, fmt::format("there is a key '{}' already; choose another name", name)};
  if (list.slots.size() + list.damaged.size() >= kMaxSlots)
    return Error{Code::kExhausted, fmt::format("a vault has at most {} keys; remove one", kMaxSlots)};
  TRY_ASSIGN(const SlotInfo slot, wrap_key(vault, master, key, name, now.ticks));
  return store_slot(store, slot);
}

Status remove_key(Store& store, std::string_view name_or_id) {
  TRY_ASSIGN(const SlotList list, list_slots(store));
  const SlotInfo* found = nullptr;
  for (const SlotInfo& slot : list.slots) {
    if (slot.name != name_or_id && slot.id != name_or_id) continue;
    if (found != nullptr)
      return Error{Code::kInvalid, fmt::format("several keys are called '{}'; give the id", name_or_id)};
    found = &slot;
  }
  if (found == nullptr) return Error{Code::kNotFound, fmt::format("there is no key '{}'", name_or_id)};
  if (list.slots.size() == 1)
    return Error{Code::kInvalid,
                 "this is the last key; without it nobody could read the vault. Add another first"};
  return store.remove("keys/" + found->id);
}

}  // namespace mk::vault
