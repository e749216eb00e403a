#pragma once
#include "vault/chunk_index.h"
#include "vault/key_ring.h"
#include "vault/log_chain.h"

namespace mk::vault {

/// An open vault, for reading. Everything it gives was verified.
///
/// Bounds:  200 bytes a pack, one chunk at a time, 44 bytes a chunk; with an index file these are in the file
/// Threads: one at a time; what fetch() gives any
class Vault final : public ChunkSource {
 public:
  /// Errors: kNotFound  no vault; kDenied  not its key; kCorrupt  the log is damaged; kUnsupported  a newer
  /// format; kUnavailable  the store
  /// `index_file`: keeps where chunks lie for the next time; it may vanish at any time.
  static Result<std::unique_ptr<Vault>> open(Store& store, const Unlock& key,
                                             const std::filesystem::path& index_file = {});

  const VaultId& id() const { return id_; }
  const Keys& keys() const { return keys_; }
  Store& store() { return store_; }
  const LogChain& log() const { return log_; }
  const LogState& state() const { return log_.state(); }
  const ChunkIndex& index() const { return index_; }
  /// The newest record when the vault was opened: all that its user saw came at or behind it.
  LogNumber view() const { return view_; }
  /// Packs whose entries cannot be read; chunks in them are missing.
  const std::vector<std::string>& damage() const { return damage_; }

  std::vector<Point> points() const { return state().points(); }
  /// By number (`#12` or `12`), or the newest with a name.  Errors: kNotFound
  Result<Point> find_point(const std::string& name) const;

  /// Errors: kNotFound  no such chunk; kCorrupt  damaged
  Result<Chunk> get(const ChunkId& id, ChunkKind kind) override;
  Opening fetch(const ChunkId& id, ChunkKind kind) override;

  /// Reads what was appended since, and the entries of new packs.
  Status refresh();

  /// Appends a record behind the newest, however many others append at the same time. `decide` is asked again
  /// whenever log() and state() have moved on; what it answers is true of all records before the new one.
  Result<LogNumber> append(const std::function<Result<Draft>()>& decide, FileTime now);
  /// The same for a record that holds whatever comes before it.
  Result<LogNumber> append(LogHead head, std::span<const PackId> packs, const PointFacts& facts,
                           FileTime now);
  /// Locks what a commit at `now` relies on besides packs, where the vault is locked and it is time.
  Status renew_locks(FileTime now);

 private:
  Vault(Store& store, const VaultId& id, Keys keys)
      : store_(store), id_(id), keys_(std::move(keys)), log_(store, id, &keys_) {}
  Result<StoredRecord> read(const ChunkId& id, ChunkKind kind);
  Result<StoredRecord> read_indexed(const ChunkId& id, ChunkKind kind);
  Store& store_;
  VaultId id_;
  Keys keys_;
  LogChain log_;
  LogNumber view_;
  ChunkIndex index_;
  std::optional<LogNumber> indexed_;  // the newest record that the index reflects
  std::vector<std::string> damage_;
};

}  // namespace mk::vault
