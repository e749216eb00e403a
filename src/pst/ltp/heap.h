#pragma once
#include <deque>

#include "pst/disk/heap.h"
#include "pst/ndb/data_tree.h"

namespace mk::pst::ltp {

/// The heap on a node: small allocations in the blocks of a data tree.
///
/// Spec:    [MS-PST] 2.3.1
/// Errors:  kCorrupt  header, page map or HID damaged; names structure and field
/// Bounds:  keeps the last 32 blocks that were used
/// Threads: one at a time
class Heap {
 public:
  static Result<Heap> open(std::shared_ptr<const ndb::Database> db, Bid data);

  disk::HeapClient client() const { return header_.bClientSig; }
  disk::Hid user_root() const { return disk::Hid(header_.hidUserRoot); }
  /// The bytes of an allocation, valid until the next call.
  Result<Bytes> get(disk::Hid hid);

 private:
  Heap(ndb::DataTree data, unsigned hid_index_bits) : data_(std::move(data)), index_bits_(hid_index_bits) {}
  Result<Bytes> block(std::size_t i);

  struct Loaded {
    std::size_t index;
    ndb::Block block;
  };
  ndb::DataTree data_;
  unsigned index_bits_;  // of an HID
  disk::HnHdr header_;
  std::deque<Loaded> loaded_;  // the one read last is at the front
};

}  // namespace mk::pst::ltp
