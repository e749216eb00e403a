#pragma once
#include <unordered_map>
#include <unordered_set>

#include "base/io.h"
#include "vault/lock.h"

namespace mk::vault {

struct SessionOptions {
  std::size_t pack_bytes = kPackBytes;
  Compression compression =
      Compression::kNormal;  // of chunks that the vault lacks; the others stay as they are
};

/// Writes one restore point: chunks that the vault lacks go into packs, and the commit makes them count. What
/// is not committed is nothing; what a killed session left in the store is used again by the next.
///
/// It opens itself in the log with the first put or commit. From then on everything that `vault` gave since
/// it was opened stays in the store, so that objects of older points may go into the new one as they are.
/// That holds while put() is called at least once an hour.
///
/// Errors:  kConflict  packs were deleted since the vault was opened, or prune has ended the session because
///          nothing was heard of it; open the vault again and put everything again
/// Bounds:  two packs and a chunk, 40 bytes for each new chunk and each one that a killed session left
class Session final : public ChunkSink {
 public:
  explicit Session(Vault& vault, Clock& clock = system_clock(), const SessionOptions& options = {});
  /// Stores a chunk unless the vault has it; it was opened again before this returns.
  Result<ChunkId> put(ChunkKind kind, std::span<const ChunkId> refs, Bytes plain) override;
  Result<ObjectRef> put_object(ByteSource& in);

  /// All packs are durable before the record is. `root` must have been written through this session. It ends
  /// the session.
  /// Errors: kInvalid  the name is empty or too long
  Result<LogNumber> commit(const std::string& name, const TreeWriter::Root& root, FileTime now);

  struct Counts {
    std::uint64_t chunks = 0, new_chunks = 0, raw_bytes = 0, stored_bytes = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  Status open();
  Status renew();
  Status check_open() const;
  Status find_left_packs();
  Result<bool> take_left(const ChunkId& id);
  Status flush(PackBuilder& builder);
  std::vector<PackId> packs_to_name() const;

  Vault& vault_;
  Clock& clock_;
  Compression compression_;
  LogNumber number_;  // zero: not open
  std::chrono::steady_clock::time_point renewed_;
  PackBuilder data_, nodes_;
  ByteString record_;  // memory that is used again
  std::unordered_set<ChunkId, IdHash> new_;
  std::unordered_map<ChunkId, PackId, IdHash> left_;  // by killed sessions, in packs that no record names
  std::vector<PackId> packs_;
  CommitLocks locks_;
  Counts counts_;
};

/// Packs in the store that no record of the log names.
Result<std::map<PackId, std::uint64_t>> unknown_packs(Store& store, const LogState& state);

}  // namespace mk::vault
