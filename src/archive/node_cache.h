#pragma once
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "vault/node.h"

namespace mk::archive {

/// Chunks of a vault, of which metadata nodes that were read lately are kept: pages, look-ups and comparisons
/// touch the same ones again and again. So are the last chunks that may be groups of items, one for each
/// thread that reads.
///
/// Errors:  those of the source
/// Bounds:  `max_bytes` of nodes and eight groups
/// Threads: any number; chunks are opened on the thread that asks; what is stored is read by one at a time,
/// under
///          `source_mutex`, which whoever writes to the same vault meanwhile holds too
class NodeCache final : public vault::ChunkSource {
 public:
  static constexpr std::size_t kCacheBytes = std::size_t{32} << 20;
  NodeCache(vault::ChunkSource& in, std::mutex& source_mutex, std::size_t max_bytes = kCacheBytes)
      : in_(in), source_mutex_(source_mutex), max_bytes_(max_bytes) {}
  Result<vault::Chunk> get(const vault::ChunkId& id, vault::ChunkKind kind) override;
  Result<ByteString> part(const vault::ChunkId& id, std::size_t offset, std::size_t bytes) override;

 private:
  struct Kept {
    vault::ChunkId id;
    vault::Chunk chunk;
  };
  static constexpr std::size_t kMaxGroupBytes = 512 * 1024, kGroups = 8;
  using Group = std::shared_ptr<const Kept>;
  Result<Group> group(const vault::ChunkId& id);
  Result<vault::Chunk> read(const vault::ChunkId& id, vault::ChunkKind kind);
  void keep(const vault::ChunkId& id, const vault::Chunk& chunk);
  vault::ChunkSource& in_;
  std::mutex& source_mutex_;
  std::size_t max_bytes_, bytes_ = 0;
  std::mutex mutex_;
  std::list<Kept> nodes_;  // the last one used first
  std::unordered_map<vault::ChunkId, std::list<Kept>::iterator, vault::IdHash> places_;
  std::deque<Group> groups_;  // the last one used first
};

}  // namespace mk::archive
