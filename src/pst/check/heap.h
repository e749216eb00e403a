#pragma once
#include "pst/check/blocks.h"
#include "pst/disk/heap.h"

namespace mk::pst::check {

/// Bytes of an allocation; they live as long as `hold`.
struct Piece {
  BlockPtr hold;
  Bytes bytes;
};

/// The heap on a node, every block of it checked when it is opened.
///
/// Spec: [MS-PST] 2.3.1
class Heap {
 public:
  /// Nothing when there is no heap at all, or no work left.
  static std::optional<Heap> open(Blocks& blocks, Bid data, disk::HeapClient client, Findings& out,
                                  const Where& where);
  disk::Hid root() const { return disk::Hid(header_.hidUserRoot); }
  std::optional<Piece> get(disk::Hid hid);
  Data& data() { return data_; }
  const Medium& medium() const { return *m_; }

 private:
  void check_block(std::size_t i, Bytes block, Findings& out, const Where& where);
  void check_levels(Findings& out, const Where& where);
  void no_heap(Bytes first, Bid data, Findings& out, const Where& where) const;
  Data data_;
  disk::HnHdr header_;
  const Medium* m_ = nullptr;
  std::vector<std::uint8_t> levels_;
};

/// What the heap of a node says that it is; nothing when there is no heap.
std::optional<disk::HeapClient> client_of(Blocks& blocks, Bid data);

/// Visits the records of a B-tree-on-heap in order.  [MS-PST] 2.3.2
/// Bounds: no more records than the heap has bytes for
Status visit_bth(Heap& heap, disk::Hid header, std::uint8_t key_bytes, std::uint8_t entry_bytes,
                 Findings& out, const Where& where, const std::function<Status(Bytes record)>& visit);

}  // namespace mk::pst::check
