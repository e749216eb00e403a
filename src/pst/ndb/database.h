#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "pst/disk/layout.h"
#include "pst/ids.h"
#include "pst/ndb/btree.h"

namespace mk::pst::ndb {

/// A node of the file or a subnode of one: what its data and its subnodes are found by.
struct Node {
  Nid nid;
  Nid parent;  // of nodes only
  Bid data, sub;
};

/// The bytes of one block, decoded, without trailer.
class Block {
 public:
  Block() = default;
  Block(std::unique_ptr<std::byte[]> data, std::size_t size) : data_(std::move(data)), size_(size) {}
  Bytes bytes() const { return {data_.get(), size_}; }
  std::size_t size() const { return size_; }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
};

struct BlockPlace {
  std::uint64_t ib = 0;
  std::size_t cb = 0;        // bytes that are stored
  std::size_t inflated = 0;  // bytes that they hold: more when they are compressed
};

/// The header in the file's own form.
struct FileHeader {
  disk::Form form = disk::Form::kUnicode;
  disk::Header fields;
};
/// Errors: as Database::open(), but that the end may be missing
Result<FileHeader> read_header(const Storage& storage, ReadOptions options);

/// What takes the place of B-trees that are damaged: found by scanning, in order of NID and BID.
struct Maps {
  std::vector<Node> nodes;
  std::vector<disk::BbtEntry> blocks;
  bool empty() const { return nodes.empty() && blocks.empty(); }
};

/// The node database of a PST or OST file of any form: nodes and blocks by their ids.
///
/// Spec:    [MS-PST] 2.2
/// Errors:  kUnsupported open(): an unknown version or encoding
///          kCorrupt     open(): not a PST file, or the root page of one of the B-trees is damaged
///          kTruncated   the file is shorter than its header says; a block lies beyond its end
///          kCorrupt     header, page or block damaged; names structure, field, offset
///          kNotFound    no such node
/// Bounds:  memory independent of the file's size
/// Threads: any
class Database {
 public:
  static Result<std::shared_ptr<const Database>> open(std::shared_ptr<const Storage> storage,
                                                      ReadOptions options);

  /// For salvage(): checks nothing; `maps` are used instead of the B-trees when they are not empty.
  static std::shared_ptr<const Database> make(std::shared_ptr<const Storage> storage,
                                              const FileHeader& header, ReadOptions options, Maps maps);

  /// The same with more nodes; only of what make() gave maps.
  std::shared_ptr<const Database> with_nodes(const std::vector<Node>& more) const;

  const disk::Header& header() const { return header_; }
  const disk::Layout& layout() const { return layout_; }
  std::uint64_t file_bytes() const { return storage_->size(); }

  Result<Node> node(Nid nid) const;
  Result<std::optional<Node>> find_node(Nid nid) const;
  /// All nodes that can be reached; then the first damage that was met.
  Status visit_nodes(const std::function<void(const Node&)>& visitor) const;
  Status visit_blocks(const std::function<void(const disk::BbtEntry&)>& visitor) const;

  Result<BlockPlace> place(Bid bid) const;
  Result<Block> read_block(Bid bid) const;
  /// The bytes of a block whose checksum does not fit: most of them may be right.
  Result<Block> read_doubtful_block(Bid bid) const;

 private:
  Database(std::shared_ptr<const Storage> storage, const FileHeader& header, ReadOptions options, Maps maps);
  Result<std::optional<disk::BbtEntry>> find_block(Bid bid) const;
  Node node_of(const BtLeafEntry& e) const;
  enum class Check { kAll, kIdOnly };
  Result<Block> read_block(Bid bid, Check check) const;
  Status check_block(Bytes whole, const BlockPlace& place, Bid bid, Check check) const;

  std::shared_ptr<const Storage> storage_;
  disk::Header header_;
  const disk::Layout& layout_;
  ReadOptions options_;
  BTree nbt_, bbt_;
  Maps maps_;
};

}  // namespace mk::pst::ndb
