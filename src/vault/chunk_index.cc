#include "vault/chunk_index.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::vault {

void ChunkIndex::add(const PackId& pack, ChunkKind kind, std::span<const PackEntry> entries) {
  const auto n = static_cast<std::uint32_t>(packs_.size());
  packs_.push_back(pack);
  for (const PackEntry& e : entries) rows_.push_back({e.id, n, e.offset, e.length, kind});
}

void ChunkIndex::sort() {
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.id < b.id; });
}

std::optional<ChunkIndex::Place> ChunkIndex::find(const ChunkId& id) const {
  const auto row = std::lower_bound(rows_.begin(), rows_.end(), id,
                                    [](const Row& r, const ChunkId& wanted) { return r.id < wanted; });
  if (row == rows_.end() || row->id != id) return std::nullopt;
  return Place{packs_[row->pack], row->kind, row->offset, row->length};
}

Result<StoredRecord> read_record(Store& store, const ChunkId& id, const ChunkIndex::Place& place) {
  StoredRecord stored;
  auto bytes = store.get(pack_name(place.pack), place.offset, place.length);
  if (!bytes) return std::move(bytes).error().in("chunk " + id.brief());
  stored.bytes = *std::move(bytes);
  auto record = decode_record(as_bytes(stored.bytes), place.offset);
  if (!record) return std::move(record).error().in("pack " + place.pack.brief());
  stored.record = *std::move(record);
  if (stored.record.head.id == id && stored.record.head.kind == place.kind) return stored;
  return Error{Code::kCorrupt,
               fmt::format("pack {}: another chunk lies where {} should", place.pack.brief(), id.brief())};
}

}  // namespace mk::vault
