#include "archive/node_cache.h"

#include <algorithm>

namespace mk::archive {
namespace {

std::size_t cost_of(const vault::Chunk& chunk) {
  return chunk.plain.size() + chunk.refs.size() * sizeof(vault::ChunkId) + 128;
}

}  // namespace

Result<vault::Chunk> NodeCache::get(const vault::ChunkId& id, vault::ChunkKind kind) {
  if (kind != vault::ChunkKind::kNode) return read(id, kind);
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

Result<ByteString> NodeCache::part(const vault::ChunkId& id, std::size_t offset, std::size_t bytes) {
  TRY_ASSIGN(const Group found, group(id));
  return vault::part_of(found->chunk, id, offset, bytes);
}

Result<NodeCache::Group> NodeCache::group(const vault::ChunkId& id) {
  {
    const std::lock_guard lock(mutex_);
    const auto it = std::ranges::find_if(groups_, [&](const Group& g) { return g->id == id; });
    if (it != groups_.end()) {
      std::rotate(groups_.begin(), it, it + 1);
      return groups_.front();
    }
  }
  TRY_ASSIGN(vault::Chunk chunk, read(id, vault::ChunkKind::kData));
  const auto group = std::make_shared<const Kept>(Kept{id, std::move(chunk)});
  if (group->chunk.plain.size() > kMaxGroupBytes) return group;
  const std::lock_guard lock(mutex_);
  groups_.push_front(group);
  if (groups_.size() > kGroups) groups_.pop_back();
  return group;
}

Result<vault::Chunk> NodeCache::read(const vault::ChunkId& id, vault::ChunkKind kind) {
  vault::ChunkSource::Opening open;
  {
    const std::lock_guard lock(source_mutex_);
    open = in_.fetch(id, kind);
  }
  return open();
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
