#include "vault/vault.h"

#include <fmt/format.h>

namespace mk::vault {

Result<std::unique_ptr<Vault>> Vault::open(Store& store, const Unlock& key,
                                           const std::filesystem::path& index_file) {
  TRY_ASSIGN(const VaultId id, read_vault_header(store));
  TRY_ASSIGN(const Opened opened, unlock(store, id, key));
  std::unique_ptr<Vault> vault(new Vault(store, id, derive_keys(id, opened.master)));
  TRY(vault->log_.read());
  vault->view_ = vault->log_.head().number;
  if (!index_file.empty()) vault->index_ = ChunkIndex(index_file, id);
  TRY(vault->refresh());
  return vault;
}

Status Vault::refresh() {
  TRY(log_.read_on());
  if (indexed_ == log_.head().number) return ok;
  TRY(update_index(store_, state().live_packs(), index_, damage_));
  indexed_ = log_.head().number;
  return ok;
}

Result<Point> Vault::find_point(const std::string& name) const {
  const auto all = points();
  for (auto p = all.rbegin(); p != all.rend(); ++p) {
    const std::string number = std::to_string(p->number.value);
    if (p->name == name || number == name || "#" + number == name) return *p;
  }
  return Error{Code::kNotFound,
               fmt::format("there is no restore point '{}'; `mailkeep vault ls` lists them", name)};
}

Result<Chunk> Vault::get(const ChunkId& id, ChunkKind kind) {
  TRY_ASSIGN(const StoredRecord stored, read(id, kind));
  return open_record(id_, keys_, stored.record);
}

ChunkSource::Opening Vault::fetch(const ChunkId& id, ChunkKind kind) {
  const auto stored = std::make_shared<const Result<StoredRecord>>(read(id, kind));
  return [this, stored]() -> Result<Chunk> {
    if (!*stored) return stored->error();
    return open_record(id_, keys_, (*stored)->record);
  };
}

Result<StoredRecord> Vault::read(const ChunkId& id, ChunkKind kind) {
  auto stored = read_indexed(id, kind);
  while (!stored && stored.error().code == Code::kNotFound) {  // in a new pack, or moved into another
    const auto seen = indexed_;
    TRY(refresh());
    if (indexed_ == seen) break;
    stored = read_indexed(id, kind);
  }
  return stored;
}

Result<StoredRecord> Vault::read_indexed(const ChunkId& id, ChunkKind kind) {
  const auto place = index_.find(id);
  if (place && place->kind == kind) return read_record(store_, id, *place);
  return Error{Code::kNotFound, fmt::format("chunk {} is in no pack that can be read", id.brief())};
}

Result<LogNumber> Vault::append(const std::function<Result<Draft>()>& decide, FileTime now) {
  for (;;) {
    TRY_ASSIGN(const Draft draft, decide());
    auto done = log_.append(draft, now);
    if (done || done.error().code != Code::kConflict) return done;
    const KnownHead before = log_.head();
    TRY(log_.read_on());  // somebody was faster
    if (log_.head() == before)
      return Error{Code::kInternal, "the store says that a log record is there and does not give it"};
  }
}

Result<LogNumber> Vault::append(LogHead head, std::span<const PackId> packs, const PointFacts& facts,
                                FileTime now) {
  const Draft draft{head, {packs.begin(), packs.end()}, facts};
  return append([&]() -> Result<Draft> { return draft; }, now);
}

Status Vault::renew_locks(FileTime now) {
  const std::uint32_t days = state().lock_days();
  if (days == 0 || log_.locked_until() >= after(now, days)) return ok;
  const FileTime until = lock_end(now, days);
  TRY(store_.lock(kVaultHeaderName, until));
  TRY(store_.list("keys/", [&](const std::string& name, std::uint64_t) { return store_.lock(name, until); }));
  return log_.put_checkpoint(now);
}

}  // namespace mk::vault
