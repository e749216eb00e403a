#pragma once
#include "vault/vault.h"

namespace mk::vault {

/// What restore points need.
struct Marks {
  std::vector<bool> rows;                 // of the index
  std::map<PackId, std::uint64_t> bytes;  // of the needed records of each pack, with their entries
  std::uint64_t chunks = 0;

  std::uint64_t bytes_of(const PackId& pack) const {
    const auto found = bytes.find(pack);
    return found == bytes.end() ? 0 : found->second;
  }
};

/// Follows the refs of points. Each node is read once, whatever the number of points, and no data chunk is.
/// With keys each node is opened: what it refers to, and of what kind that is, was written by somebody who
/// has them. Without, nodes are believed whose checksum fits, and kinds that the header of the pack confirms:
/// that is good for a forecast. In both cases the index says where chunks lie.
/// Errors: kNotFound, kCorrupt, kTruncated  a chunk or node that a point needs is missing, damaged or forged
/// Bounds: a bit for each row of the index
Result<Marks> mark(Store& store, const VaultId& vault, const Keys* keys, const ChunkIndex& index,
                   std::span<const Point> points);

}  // namespace mk::vault
