#pragma once
#include <vector>

#include "base/io.h"
#include "pst/disk/block.h"
#include "pst/write/block_sink.h"

namespace mk::pst::write {

/// Strings blocks together into one stream: a single block, an XBLOCK of up to 1021, or an XXBLOCK of
/// XBLOCKs.
///
/// Spec:   [MS-PST] 2.2.2.8.3.2. Every block but the last holds 8176 bytes.
/// Errors: kUnsupported  4 GiB or more, which lcbTotal cannot say
/// Bounds: two lists of 1021 block ids in memory
class DataTreeBuilder {
 public:
  explicit DataTreeBuilder(BlockSink& file) : file_(file) {}

  /// Appends bytes, cut into blocks as they come.
  Status write(Bytes bytes);
  /// Appends all of a stream.
  Status copy_from(ByteSource& in);
  /// Appends a block that is in the file already. Not to be mixed with write().
  Status add_leaf(Bid bid, std::size_t bytes);
  Result<DataRef> finish();

 private:
  Status write_leaf(Bytes bytes);
  Status write_x_block();
  Result<Bid> write_list(std::uint8_t level, std::uint64_t total, const std::vector<Bid>& bids);

  BlockSink& file_;
  ByteString buffer_;
  std::vector<Bid> leaves_, x_blocks_;
  std::uint64_t total_ = 0, x_total_ = 0;
};

/// A whole stream in one call; no data for an empty one.
Result<DataRef> write_data_tree(BlockSink& file, Bytes bytes);

/// Collects the subnodes of one node and writes their tree.
///
/// Spec:   [MS-PST] 2.2.2.8.3.3
/// Errors: kUnsupported  more than 340 x 510 subnodes
class SubnodeBuilder {
 public:
  void add(Nid nid, const NodeRef& node) {
    entries_.push_back({nid.value, 0, node.data.value, node.sub.value});
    bytes_ += node.bytes;
  }
  void add(Nid nid, const DataRef& data) { add(nid, NodeRef{data.bid, {}, data.bytes}); }
  /// Of all subnodes' data and their subnodes'.
  std::uint64_t bytes() const { return bytes_; }
  /// The root of the tree; null when there are no subnodes.
  Result<Bid> write(BlockSink& file);

 private:
  Result<Bid> write_leaf(BlockSink& file, std::size_t from, std::size_t to);

  std::vector<disk::SlEntry> entries_;
  std::uint64_t bytes_ = 0;
};

}  // namespace mk::pst::write
