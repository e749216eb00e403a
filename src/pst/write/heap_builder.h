#pragma once
#include <map>
#include <vector>

#include "pst/disk/heap.h"
#include "pst/write/data_tree.h"

namespace mk::pst::write {

/// Builds a heap-on-node: allocations go to the last block, which is closed when the next one does not fit.
///
/// Spec:    [MS-PST] 2.3.1; the fill levels of 8 (later 128) blocks are kept by an earlier block, which
/// therefore
///          waits in memory; so does block 0, whose allocations may be patched until the end
/// Errors:  kUnsupported  more than 65,536 blocks (about 500 MB)
/// Bounds:  streamed: at most 130 blocks in memory; else all
class HeapBuilder {
 public:
  enum class Mode { kInMemory, kStreamed };
  HeapBuilder(BlockSink& file, disk::HeapClient client, Mode mode = Mode::kInMemory);

  /// Copies 1 to 3580 bytes into the heap.
  Result<disk::Hid> allocate(Bytes bytes);
  /// Overwrites bytes of an allocation. Block 0 only when streamed.
  void patch(disk::Hid hid, std::size_t offset, Bytes bytes);
  void set_root(disk::Hid root) { root_ = root; }
  /// What the data tree will have if nothing more is allocated.
  std::uint64_t bytes() const;
  Result<DataRef> finish();

 private:
  struct Block {
    ByteString data;
    std::vector<std::uint16_t> starts;
  };
  Status open_block();
  void close_block();
  Status write_block(std::uint32_t index, bool is_last);
  Status write_waiting();
  std::size_t header_bytes(std::uint32_t index) const;

  BlockSink& file_;
  disk::HeapClient client_;
  Mode mode_;
  disk::Hid root_;
  std::map<std::uint32_t, Block> held_;  // blocks that are not in the file yet; the last one is open
  std::vector<std::uint8_t> levels_;     // of the closed blocks
  std::vector<Bid> bids_;
  std::vector<std::uint16_t> sizes_;
  std::uint32_t n_blocks_ = 0;
};

/// Builds a B-tree-on-heap from records in ascending order of their keys.  [MS-PST] 2.3.2
class BthBuilder {
 public:
  BthBuilder(HeapBuilder& heap, std::uint8_t key_bytes, std::uint8_t entry_bytes)
      : heap_(heap), key_bytes_(key_bytes), entry_bytes_(entry_bytes), levels_(1) {}
  /// Reserves the header, so that it is the first allocation. Needed before finish().
  Result<disk::Hid> begin();
  Status add(Bytes record) { return add_to(0, record); }
  Status finish();
  /// Where record `n` lies, after finish().
  disk::Hid leaf_of(std::size_t n) const { return leaves_[n / records_per_leaf()]; }
  std::size_t offset_of(std::size_t n) const { return n % records_per_leaf() * (key_bytes_ + entry_bytes_); }

 private:
  std::size_t records_per_leaf() const {
    return disk::kHeapMaxAllocation / std::size_t(key_bytes_ + entry_bytes_);
  }
  Status add_to(std::size_t level, Bytes record);
  Result<ByteString> close(std::size_t level);

  HeapBuilder& heap_;
  std::uint8_t key_bytes_, entry_bytes_;
  disk::Hid header_;
  std::vector<ByteString> levels_;  // the records of the page that is open, per level
  std::vector<disk::Hid> leaves_;
  disk::Hid last_closed_;
};

}  // namespace mk::pst::write
