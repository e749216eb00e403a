#pragma once
#include <memory>

#include "pst/check/btree.h"

namespace mk::pst::check {

using BlockPtr = std::shared_ptr<const ByteString>;

/// A node or subnode.
struct NodeRef {
  Nid nid, parent;
  Bid data, sub;
};

/// Blocks by their ids, decoded. What is wrong with a block itself is said by SpaceCheck, so that one that
/// cannot be had is silently absent here.
///
/// Bounds: 64 blocks; nothing is given any more once work is exhausted, so that trees that refer to
/// themselves end
class Blocks {
 public:
  Blocks(const Medium& medium, Work& work);

  std::optional<disk::BbtEntry> find(Bid bid) { return find_entry(bid); }
  /// Decoded bytes without trailer; null when they cannot be had.
  BlockPtr load(Bid bid);
  /// Bytes in the block, without reading it; 0 when there is no such block.
  std::size_t size_of(Bid bid);
  std::optional<NodeRef> find_node(Nid nid);
  /// For what is done with the bytes that are given.
  bool spend(std::uint64_t units) { return work_.spend(units); }
  bool exhausted() const { return work_.exhausted(); }
  const Medium& medium() const { return m_; }

 private:
  std::optional<disk::BbtEntry> find_entry(Bid bid);
  struct Cached {
    std::uint64_t bid = 0, used = 0;
    BlockPtr block;
  };
  const Medium& m_;
  Work& work_;
  TreeIndex bbt_, nbt_;
  std::array<Cached, 64> cache_;
  std::uint64_t clock_ = 0;
};

NodeRef node_of(const Medium& medium, const LeafEntry& entry);
/// Stored bytes as what they hold; null when they do not inflate.
BlockPtr decode_stored(const Medium& medium, const disk::BbtEntry& entry, Bytes stored);

/// The data of a node: its blocks in order.
///
/// Bounds: the ids of one XXBLOCK, and of one XBLOCK or up to 65,536 blocks, which is what a heap may have
class Data {
 public:
  static Data open(Blocks& blocks, Bid root);
  std::uint64_t size() const { return size_; }
  std::size_t n_blocks() const { return n_; }
  BlockPtr block(std::size_t i);
  std::size_t block_size(std::size_t i) { return blocks_->size_of(id(i)); }
  Bid id(std::size_t i);
  /// Up to `max` bytes from the front.
  ByteString front(std::uint64_t max);

 private:
  std::vector<Bid> list(Bid bid, std::uint8_t level);
  void add_list(const std::vector<Bid>& ids);
  Blocks* blocks_ = nullptr;
  std::uint64_t size_ = 0;
  std::size_t n_ = 0;
  std::vector<Bid> top_, ids_;       // XBLOCKs of an XXBLOCK; all leaves, or those of one of them
  std::vector<std::size_t> starts_;  // of each of top_
  std::size_t current_ = SIZE_MAX;
};

/// The subnodes of a node, by NID.
///
/// Bounds: 173,400 subnodes, 32 bytes each
class Subnodes {
 public:
  static Subnodes read(Blocks& blocks, Bid root);
  const NodeRef* find(Nid nid) const;
  auto begin() const { return nodes_.begin(); }
  auto end() const { return nodes_.end(); }
  bool empty() const { return nodes_.empty(); }

 private:
  void add(Blocks& blocks, Bid bid, bool may_branch);
  std::vector<NodeRef> nodes_;
};

/// Bytes of a node's data and, recursively, of its subnodes: what PidTagMessageSize counts.
std::uint64_t node_bytes(Blocks& blocks, Bid data, Bid sub, int depth = 0);

}  // namespace mk::pst::check
