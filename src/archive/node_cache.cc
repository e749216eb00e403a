#include "archive/node_cache.h"

namespace mk::archive {
namespace {

std::size_t cost_of(const vault::Chunk& chunk) {
  return chunk.plain.size() + chunk.refs.size() * sizeof(vault::ChunkId) + 128;
}

}  // namespace

Result<vault::Chunk> NodeCache::get(const vault::ChunkId& id, vault::ChunkKind kind) {
  if (kind != vault::ChunkKind::kNode) return get_data(id);
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = places_.find(id); it != places_.end()) {
      nodes_.splice(nodes_.begin(), nodes_, it->second);
      return it->second->chunk;
    }
  }
  TRY_ASSIGN(vault::Chunk chunk, read(id, kind));
  const std::lock_guard lock(mutex_);
  if (!places_.contains(id)) keep(id, chunk);
  return chunk;
}

Result<vault::Chunk> NodeCache::get_data(const vault::ChunkId& id) {
  {
    const std::lock_guard lock(mutex_);
    if (group_ && group_->id == id) return group_->chunk;
  }
  TRY_ASSIGN(vault::Chunk chunk, read(id, vault::ChunkKind::kData));
  if (chunk.plain.size() > kMaxGroupBytes) return chunk;
  const std::lock_guard lock(mutex_);
  group_ = Kept{id, chunk};
  return chunk;
}

Result<vault::Chunk> NodeCache::read(const vault::ChunkId& id, vault::ChunkKind kind) {
  const std::lock_guard lock(source_mutex_);
  return in_.get(id, kind);
}

void NodeCache::keep(const vault::ChunkId& id, const vault::Chunk& chunk) {
  nodes_.push_front({id, chunk});
  places_.emplace(id, nodes_.begin());
  bytes_ += cost_of(chunk);
  while (bytes_ > max_bytes_ && nodes_.size() > 1) {
    bytes_ -= cost_of(nodes_.back().chunk);
    places_.erase(nodes_.back().id);
    nodes_.pop_back();
  }
}

}  // namespace mk::archive
