#include "vault/mark.h"

#include <fmt/format.h>

namespace mk::vault {
namespace {

class Marker {
 public:
  Marker(Store& store, const VaultId& vault, const Keys* keys, const ChunkIndex& index)
      : store_(store), vault_(vault), keys_(keys), index_(index) {
    marks_.rows.resize(index.rows());
  }

  /// `kind`: nothing where only the index can say it.
  Status visit(const ChunkId& id, std::optional<ChunkKind> kind, std::size_t depth) {
    const auto place = index_.find(id);
    if (!place) return Error{Code::kNotFound, fmt::format("chunk {} is in no pack that counts", id.brief())};
    if (place->kind != kind.value_or(place->kind))
      return Error{Code::kCorrupt,
                   fmt::format("pack {}: not of the kind of chunk {}", place->pack.brief(), id.brief())};
    if (marks_.rows[place->row]) return ok;
    marks_.rows[place->row] = true;
    ++marks_.chunks;
    const auto [sum, is_first] = marks_.bytes.try_emplace(place->pack, 0);
    sum->second += place->length + wire_size<PackEntry>();
    if (is_first && keys_ == nullptr) TRY(check_pack_header(store_, vault_, place->pack, place->kind));
    return place->kind == ChunkKind::kData ? Status(ok) : visit_below(id, *place, depth);
  }
  Marks take() { return std::move(marks_); }

 private:
  Status visit_below(const ChunkId& id, const ChunkIndex::Place& place, std::size_t depth) {
    if (depth == 0)
      return Error{Code::kCorrupt, fmt::format("node {} lies deeper than a tree can be", id.brief())};
    TRY_ASSIGN(const StoredRecord stored, read_record(store_, id, place));
    if (keys_ == nullptr) {
      for (const ChunkId& ref : stored.record.refs) TRY(visit(ref, std::nullopt, depth - 1));
      return ok;
    }
    TRY_ASSIGN(const Chunk chunk, open_record(vault_, *keys_, stored.record));
    TRY_ASSIGN(const Node node, decode_node(chunk));
    for (const NodeRef& ref : refs_of(node)) TRY(visit(ref.id, ref.kind, depth - 1));
    return ok;
  }

  Store& store_;
  const VaultId& vault_;
  const Keys* keys_;
  const ChunkIndex& index_;
  Marks marks_;
};

}  // namespace

Result<Marks> mark(Store& store, const VaultId& vault, const Keys* keys, const ChunkIndex& index,
                   std::span<const Point> points) {
  Marker marker(store, vault, keys, index);
  for (const Point& p : points) {
    if (p.root.id.is_zero()) continue;
    Status done = marker.visit(p.root.id, ChunkKind::kNode, 2 * kMaxLevels);
    if (!done) return std::move(done).error().in(fmt::format("point #{}", p.number.value));
  }
  return marker.take();
}

}  // namespace mk::vault
