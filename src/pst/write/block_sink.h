#pragma once
#include "base/bytes.h"
#include "pst/ids.h"

namespace mk::pst::write {

/// A data tree or subnode tree that is in the file.
struct DataRef {
  Bid bid;                  // null: no data
  std::uint64_t bytes = 0;  // logical length, what XBLOCK.lcbTotal says
};

/// A node that is in the file, but not in the node B-tree yet.
struct NodeRef {
  Bid data, sub;
  std::uint64_t bytes = 0;  // of its data and, recursively, of its subnodes: PidTagMessageSize of a message
};

/// Where the parts of a node go, block by block: the file itself, or a batch that is put into the file later.
class BlockSink {
 public:
  virtual ~BlockSink() = default;
  /// Up to 8176 bytes.
  virtual Result<Bid> append_data(Bytes data) = 0;
  /// The same, of a block of the store's own structures: never encoded.
  virtual Result<Bid> append_internal(Bytes data) = 0;
};

}  // namespace mk::pst::write
