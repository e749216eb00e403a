#include "vault/repair.h"

#include <fmt/format.h>

#include "vault/key_ring.h"
#include "vault/log_chain.h"
#include "vault/pack.h"

namespace mk::vault {
namespace {

class Repairer {
 public:
  Repairer(Store& store, Store& copy, const VaultId& vault, const Keys* keys)
      : store_(store), copy_(copy), vault_(vault), keys_(keys) {}

  Result<RepairReport> run() {
    TRY(repair_technique());
    TRY(repair_slots());
    TRY(repair_log());
    TRY(repair_checkpoints());
    for (const PackId& pack : log_.live_packs()) TRY(repair_pack(pack));
    return std::move(report_);
  }

 private:
  using MaybeBytes = std::optional<ByteString>;
  /// Nothing where it is missing or too long to be one. What only cannot be read might be removed although it
  /// is good, so that this is an error.
  Result<MaybeBytes> get_own(const std::string& name, std::size_t max_bytes) {
    auto bytes = get_whole(store_, name, max_bytes);
    if (bytes) return MaybeBytes(*std::move(bytes));
    if (is_lost(bytes.error())) return MaybeBytes();
    Error e = std::move(bytes).error();
    if (e.code == Code::kInternal)
      e.what +=
          "; try again, or, if the medium is damaged there, remove it by hand: then the copy's is taken";
    return e;
  }
  Result<MaybeBytes> get_of_copy(const std::string& name, std::size_t max_bytes) {
    auto bytes = get_whole(copy_, name, max_bytes);
    if (bytes) return MaybeBytes(*std::move(bytes));
    if (says_nothing(bytes.error())) return std::move(bytes).error();
    return MaybeBytes();
  }

  Status replace(const std::string& name, Bytes bytes) {
    TRY(store_.remove(name));  // a store never replaces by itself
    TRY(store_.put(name, bytes));
    report_.repaired.push_back(name);
    return ok;
  }

  /// A header that is whole and tells another technique than the keys.
  Status repair_technique() {
    if (keys_ == nullptr) return ok;
    TRY_ASSIGN(const VaultHeader own, read_whole_vault_header(store_));
    if (own.technique == keys_->technique) return ok;
    TRY_ASSIGN(const VaultHeader other, read_whole_vault_header(copy_));
    TRY_ASSIGN(const ByteString bytes, get_whole(copy_, kVaultHeaderName, kMaxVaultHeaderBytes));
    if (other.vault == vault_ && other.technique == keys_->technique)
      return replace(kVaultHeaderName, as_bytes(bytes));
    report_.lost.emplace_back("vault: tells another technique than the keys, and so does the copy's");
    return ok;
  }

  /// Missing ones may have been removed on purpose, as long as there are others.
  Status repair_slots() {
    TRY_ASSIGN(const SlotList own, list_slots(store_));
    TRY_ASSIGN(const SlotList others, list_slots(copy_));
    for (const SlotInfo& slot : others.slots) {
      const std::string name = "keys/" + slot.id;
      TRY_ASSIGN(const auto there, get_own(name, kMaxSlotBytes));
      if (there ? *there != slot.bytes : own.slots.empty()) TRY(replace(name, as_bytes(slot.bytes)));
    }
    return ok;
  }

  /// The record in these bytes, if it can be the next one.
  std::optional<LogRecord> next_record(const MaybeBytes& bytes) const {
    if (!bytes) return std::nullopt;
    auto record = decode_log_record(as_bytes(*bytes), keys_);
    if (!record || record->head.number.value != log_.head().number.value + 1 ||
        record->head.vault != vault_ || record->head.previous != log_.head().hash)
      return std::nullopt;
    return *std::move(record);
  }

  /// What the store's own record behind the next one says of its sha.
  Result<std::optional<LogHash>> hash_of_next() {
    const std::string name = log_name({log_.head().number.value + 2});
    TRY_ASSIGN(const auto bytes, get_own(name, kMaxLogBytes));
    if (!bytes) return std::optional<LogHash>();
    const auto record = decode_log_record(as_bytes(*bytes), keys_);
    return record ? std::optional(record->head.previous) : std::nullopt;
  }

  Status repair_log() {
    for (;;) {
      const std::string name = log_name({log_.head().number.value + 1});
      TRY_ASSIGN(const auto own, get_own(name, kMaxLogBytes));
      auto record = next_record(own);
      if (!record) {
        TRY_ASSIGN(const auto other, get_of_copy(name, kMaxLogBytes));
        record = next_record(other);
        TRY_ASSIGN(const auto hash, hash_of_next());
        const bool follows = hash ? record && record->hash == *hash : keys_ != nullptr;
        if (!record || !follows) return end_of_log(name);
        TRY(replace(name, as_bytes(*other)));
      }
      log_.add(*record);
    }
  }

  Status end_of_log(const std::string& name) {
    return store_.list("log/", [&](const std::string& left, std::uint64_t) -> Status {
      if (left >= name)
        report_.lost.push_back(left + ": the copy does not have the record that is missing here");
      return ok;
    });
  }

  /// The log is read without one that is damaged.
  Status repair_checkpoints() {
    TRY_ASSIGN(const auto names, list_checkpoints(store_));
    for (const auto& name : names) {
      TRY_ASSIGN(const auto bytes, get_own(name, kMaxCheckpointBytes));
      if (bytes && decode_checkpoint(as_bytes(*bytes), vault_, keys_)) continue;
      TRY(store_.remove(name));
      report_.repaired.push_back(name + " (taken away: the log says the same)");
    }
    return ok;
  }

  Status repair_pack(const PackId& pack) {
    const std::string name = pack_name(pack);
    TRY_ASSIGN(const auto own, get_own(name, kMaxPackBytes));
    if (own && check_pack(vault_, pack, as_bytes(*own))) return ok;
    TRY_ASSIGN(const auto other, get_of_copy(name, kMaxPackBytes));
    const Status good = other ? check_pack(vault_, pack, as_bytes(*other))
                              : Status(Error{Code::kNotFound, "the copy does not have it"});
    if (good) return replace(name, as_bytes(*other));
    report_.lost.push_back(fmt::format("pack {}: {}", pack.hex(), good.error().what));
    return ok;
  }

  Store& store_;
  Store& copy_;
  VaultId vault_;
  const Keys* keys_;
  LogState log_;
  RepairReport report_;
};

}  // namespace

Result<RepairReport> repair(Store& store, Store& copy, const VaultId& vault, const Keys* keys) {
  return Repairer(store, copy, vault, keys).run();
}

Result<VaultId> repair_header(Store& store, Store& copy) {
  auto own = read_vault_header(store);
  if (own) {
    TRY_ASSIGN(const VaultId other, read_vault_header(copy));
    if (other == *own) return own;
    return Error{Code::kInvalid, "the copy is of another vault; nothing was changed"};
  }
  if (!is_lost(own.error())) return own;
  bool log = false;
  TRY(store.list("log/", [&](const std::string&, std::uint64_t) -> Status {
    log = true;
    return ok;
  }));
  if (!log) return own;
  TRY_ASSIGN(const VaultId id, read_vault_header(copy));
  TRY_ASSIGN(const ByteString bytes, get_whole(copy, kVaultHeaderName, kMaxVaultHeaderBytes));
  TRY(store.remove(kVaultHeaderName));
  TRY(store.put(kVaultHeaderName, as_bytes(bytes)));
  return id;
}

}  // namespace mk::vault
