#pragma once
#include <set>

#include "vault/chunk_index.h"

namespace mk::vault {

/// That packs are what their names say and hold what the index says. Entries are under no mac: without this
/// whoever can write the store can have the index find chunks where they are not. So packs are read whole,
/// each once, and compared. Errors: kNotFound; kCorrupt, kTruncated  damaged, forged, or the index was made
/// from a forged one Bounds: a pack, 100 bytes for each pack of the index
class PackProof {
 public:
  /// `proven`: packs that were found good before, to which others are added.
  PackProof(Store& store, const VaultId& vault, const ChunkIndex& index, std::set<PackId>& proven);
  Status operator()(const PackId& pack);

 private:
  Status read(const PackId& pack);
  Store& store_;
  const VaultId& vault_;
  const ChunkIndex& index_;
  std::set<PackId>& proven_;
  std::map<PackId, std::uint64_t> chunks_;  // in the index
};

}  // namespace mk::vault
