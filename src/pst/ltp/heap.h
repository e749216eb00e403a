#pragma once
#include <deque>
#include <memory>

#include "pst/disk/heap.h"
#include "pst/ndb/data_tree.h"
#include "pst/ndb/losses.h"

namespace mk::pst::ltp {

/// The heap on a node: small allocations in the blocks of a data tree.
///
/// Spec:    [MS-PST] 2.3.1
/// Errors:  kCorrupt  header, page map or HID damaged; names structure and field
/// Bounds:  keeps the last 32 blocks that were used
/// Threads: one at a time
class Heap {
 public:
  /// With `losses` damaged blocks are read for what they hold, and told once open() or get() met them.
  static Result<Heap> open(std::shared_ptr<const ndb::Database> db, Bid data, ndb::Losses* losses = nullptr);

  disk::HeapClient client() const { return header_.bClientSig; }
  disk::Hid user_root() const { return disk::Hid(header_.hidUserRoot); }
  /// The bytes of an allocation, valid until the next call.
  Result<Bytes> get(disk::Hid hid);

 private:
  Heap(ndb::DataTree data, unsigned hid_index_bits, std::unique_ptr<ndb::DataTree::Holes> holes,
       ndb::Losses* losses)
      : holes_(std::move(holes)), losses_(losses), data_(std::move(data)), index_bits_(hid_index_bits) {}
  Result<Bytes> block(std::size_t i);

  struct Loaded {
    std::size_t index;
    ndb::Block block;
  };
  std::unique_ptr<ndb::DataTree::Holes> holes_;  // of data_
  ndb::Losses* losses_ = nullptr;
  ndb::DataTree data_;
  unsigned index_bits_;  // of an HID
  disk::HnHdr header_;
  std::deque<Loaded> loaded_;  // the one read last is at the front
};

}  // namespace mk::pst::ltp
