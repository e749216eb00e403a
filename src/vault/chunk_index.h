#pragma once
#include <optional>
#include <set>

#include "vault/pack.h"

namespace mk::vault {

/// Where each chunk lies. Built from the packs' own entries, never from anything else.
/// Bounds: 48 bytes a chunk.
class ChunkIndex {
 public:
  struct Place {
    PackId pack;
    ChunkKind kind = ChunkKind::kData;
    std::uint32_t offset = 0, length = 0;
  };
  void add(const PackId& pack, ChunkKind kind, std::span<const PackEntry> entries);
  /// To be called after the last add() and before the first find().
  void sort();
  std::optional<Place> find(const ChunkId& id) const;
  std::size_t size() const { return rows_.size(); }

 private:
  struct Row {
    ChunkId id;
    std::uint32_t pack, offset, length;
    ChunkKind kind;
  };
  std::vector<PackId> packs_;
  std::vector<Row> rows_;
};

/// The record of a chunk, read from its place. `bytes` holds what `record` points into.
struct StoredRecord {
  ByteString bytes;
  Record record;
};
/// Errors: kNotFound  the pack is missing; kCorrupt, kTruncated  damaged, or another chunk lies there
Result<StoredRecord> read_record(Store& store, const ChunkId& id, const ChunkIndex::Place& place);

}  // namespace mk::vault
