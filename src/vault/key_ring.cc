#include "vault/key_ring.h"

#include <fmt/format.h>

namespace mk::vault {
namespace {

constexpr std::size_t kMaxSlots = 64;
constexpr std::size_t kMaxListed = 1024;  // whoever can write to the store can write there too

Status store_slot(Store& store, const SlotInfo& slot) {
  return store.put("keys/" + slot.id, as_bytes(slot.bytes));
}

Result<VaultHeader> decode_header(Bytes bytes) {
  TRY_ASSIGN(const VaultHeader h, decode<VaultHeader>(bytes));
  if (h.magic != VaultHeader{}.magic)
    return Error{Code::kCorrupt, "VAULT.magic: this is not the header of a vault"};
  if (h.version != 1 && h.version != 2)
    return Error{Code::kUnsupported,
                 fmt::format("VAULT.version {}: made by a newer mailkeep; use that one", h.version)};
  const std::size_t n = wire_size<VaultHeader>();
  if (bytes.size() != n + 8 || load_le<std::uint64_t>(bytes.data() + n) != xxh3(bytes.first(n)) ||
      h.reserved != VaultHeader{}.reserved || (h.version == 1 && h.technique != Technique{}))
    return Error{Code::kCorrupt, "VAULT.xxh3: the header of the vault is damaged"};
  TRY(check_technique(h.technique));
  return h;
}

/// What a `create` that was killed has left. None of it is a key of a vault, since without a header there was
/// none.
Result<std::vector<std::string>> left_slots(Store& store) {
  std::vector<std::string> left;
  TRY(store.list("", [&](const std::string& name, std::uint64_t) -> Status {
    if (!name.starts_with("keys/") || left.size() == kMaxListed)
      return Error{Code::kConflict,
                   fmt::format("the store is not empty, it holds {}; choose another place", name)};
    left.push_back(name);
    return ok;
  }));
  return left;
}

std::string names_of(const SlotList& list) {
  std::string names;
  for (const SlotInfo& slot : list.slots)
    names += fmt::format("{}{} '{}'", names.empty() ? "" : ", ", kind_name(slot.fields.kind), slot.name);
  return names;
}

Error denied(const Unlock& key, const SlotList& list) {
  return {Code::kDenied,
          fmt::format("this {} does not open the vault, whose keys are: {}{}", kind_name(key.kind),
                      names_of(list), has_clear_slot(list) ? "; it is not encrypted: give no key" : "")};
}

/// The slot is sealed, the header is not.
Status compare(const VaultHeader& header, const SlotInfo& slot) {
  if (header.technique == slot.fields.technique) return ok;
  return Error{
      Code::kCorrupt,
      fmt::format("VAULT.TECHNIQUE: the header says {}, the key '{}' says {}: somebody has changed the "
                  "header; repair it from a copy",
                  describe(header.technique), slot.name, describe(slot.fields.technique))};
}

}  // namespace

Result<VaultId> read_vault_header(Store& store) {
  TRY_ASSIGN(const VaultHeader h, read_whole_vault_header(store));
  return h.vault;
}

Result<VaultHeader> read_whole_vault_header(Store& store) {
  auto bytes = get_whole(store, kVaultHeaderName, kMaxVaultHeaderBytes);
  if (!bytes && bytes.error().code == Code::kNotFound)
    return Error{Code::kNotFound, "there is no vault here; `mailkeep vault init` makes one"};
  if (!bytes) return std::move(bytes).error();
  return decode_header(as_bytes(*bytes));
}

Result<VaultId> create_vault(Store& store, const MasterKey& master, const Unlock& key,
                             std::string_view key_name, FileTime now) {
  TRY(check_technique(master.technique));
  TRY(find_cipher(master.technique));
  TRY_ASSIGN(const auto left, left_slots(store));
  VaultHeader h;
  h.technique = master.technique;
  h.version = master.technique.is_legacy() || key.kind == SlotKind::kClear ? 2 : 1;
  const ByteString id = random_bytes(h.vault.bytes.size());
  std::copy_n(reinterpret_cast<const std::uint8_t*>(id.data()), id.size(), h.vault.bytes.begin());
  TRY_ASSIGN(const SlotInfo slot, wrap_key(h.vault, master, key, key_name, now.ticks));
  TRY(store_slot(store, slot));
  ByteString bytes = encode(h);
  append_le(bytes, xxh3(as_bytes(bytes)));
  TRY(store.put(kVaultHeaderName, as_bytes(bytes)));
  for (const auto& name : left) static_cast<void>(store.remove(name));  // they do no harm
  return h.vault;
}

Result<SlotList> list_slots(Store& store) {
  SlotList list;
  TRY(store.list("keys/", [&](const std::string& name, std::uint64_t) -> Status {
    if (list.slots.size() + list.damaged.size() >= kMaxListed)
      return Error{
          Code::kCorrupt,
          fmt::format("more than {} objects below keys/, where mailkeep makes {} at most: somebody else "
                      "wrote there; delete those that are not in a copy of the vault",
                      kMaxListed, kMaxSlots)};
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

bool has_clear_slot(const SlotList& list) {
  return std::any_of(list.slots.begin(), list.slots.end(),
                     [](const SlotInfo& slot) { return slot.fields.kind == SlotKind::kClear; });
}

Result<Opened> unlock(Store& store, const VaultId& vault, const Unlock& key) {
  TRY_ASSIGN(const VaultHeader header, read_whole_vault_header(store));
  TRY_ASSIGN(const SlotList list, list_slots(store));
  if (list.slots.empty())
    return Error{Code::kNotFound, "the vault has no readable key; bring back a copy of its folder keys/"};
  std::optional<Error> no_memory;  // for a slot that may be the right one
  for (const SlotInfo& slot : list.slots) {
    auto master = unwrap_key(vault, slot, key);
    if (!master && master.error().code == Code::kExhausted)
      no_memory = std::move(master).error().in("key '" + slot.name + "'");
    if (!master) continue;
    TRY(compare(header, slot));
    TRY(find_cipher(master->technique));
    return Opened{slot, *std::move(master)};
  }
  return no_memory ? *no_memory : denied(key, list);
}

Status add_key(Store& store, const VaultId& vault, const MasterKey& master, const Unlock& key,
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
  const std::string object = "keys/" + std::string(name_or_id);
  for (const auto& text : list.damaged)
    if (text.starts_with(object + ": ")) return store.remove(object);
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
  TRY(store.remove("keys/" + found->id));
  TRY_ASSIGN(const SlotList left, list_slots(store));
  if (!left.slots.empty()) return ok;
  TRY(store_slot(store, *found));
  return Error{
      Code::kConflict,
      "somebody removed the other key at the same moment, so that this one stays: without one nobody "
      "could read the vault"};
}

}  // namespace mk::vault
