#pragma once
#include <unordered_set>

#include "base/io.h"
#include "vault/vault.h"

namespace mk::vault {

/// Writes one restore point: chunks that the vault lacks go into packs, and the commit makes them count. What
/// is not committed is nothing; a session that ends before leaves packs that nobody names.
///
/// Bounds:  two packs and a chunk, 40 bytes for each new chunk
class Session final : public ChunkSink {
 public:
  explicit Session(Vault& vault);
  /// Stores a chunk unless the vault has it; it was opened again before this returns.
  Result<ChunkId> put(ChunkKind kind, std::span<const ChunkId> refs, Bytes plain) override;
  Result<ObjectRef> put_object(ByteSource& in);

  /// All packs are durable before the record is. `root` must have been written through this session.
  /// Errors: kInvalid  the name is empty or too long
  Result<LogNumber> commit(const std::string& name, const TreeWriter::Root& root, FileTime now);

  struct Counts {
    std::uint64_t chunks = 0, new_chunks = 0, raw_bytes = 0, stored_bytes = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  Status flush(PackBuilder& builder);
  Vault& vault_;
  PackBuilder data_, nodes_;
  std::unordered_set<ChunkId, IdHash> new_;
  std::vector<PackId> packs_;
  Counts counts_;
};

}  // namespace mk::vault
