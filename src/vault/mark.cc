#include "vault/mark.h"

#include <fmt/format.h>

namespace mk::vault {
namespace {

class Marker {
 public:
  Marker(Store& store, const ChunkIndex& index) : store_(store), index_(index) {
    marks_.rows.resize(index.rows());
  }

  Status visit(const ChunkId& id, std::size_t depth) {
    const auto place = index_.find(id);
    if (!place) return Error{Code::kNotFound, fmt::format("chunk {} is in no pack that counts", id.brief())};
    if (marks_.rows[place->row]) return ok;
    marks_.rows[place->row] = true;
    ++marks_.chunks;
    marks_.bytes[place->pack] += place->length + wire_size<PackEntry>();
    if (place->kind == ChunkKind::kData) return ok;
    if (depth == 0)
      return Error{Code::kCorrupt, fmt::format("node {} lies deeper than a tree can be", id.brief())};
    TRY_ASSIGN(const StoredRecord stored, read_record(store_, id, *place));
    for (const ChunkId& ref : stored.record.refs) TRY(visit(ref, depth - 1));
    return ok;
  }
  Marks take() { return std::move(marks_); }

 private:
  Store& store_;
  const ChunkIndex& index_;
  Marks marks_;
};

}  // namespace

Result<Marks> mark(Store& store, const ChunkIndex& index, std::span<const Point> points) {
  Marker marker(store, index);
  for (const Point& p : points) {
    if (p.root.id.is_zero()) continue;
    Status done = marker.visit(p.root.id, 2 * kMaxLevels);
    if (!done) return std::move(done).error().in(fmt::format("point #{}", p.number.value));
  }
  return marker.take();
}

}  // namespace mk::vault
