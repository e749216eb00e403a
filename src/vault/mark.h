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

/// Follows the refs of points, which nodes show without a key. Each node is read once, whatever the number
/// of points.
/// Errors: kNotFound, kCorrupt, kTruncated  a chunk or node that a point needs is missing or damaged
/// Bounds: a bit for each row of the index
Result<Marks> mark(Store& store, const ChunkIndex& index, std::span<const Point> points);

}  // namespace mk::vault
