#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "pst/disk/block.h"
#include "pst/disk/header.h"
#include "pst/disk/page.h"
#include "pst/write/block_sink.h"
#include "pst/write/spill.h"

namespace mk::pst::write {

/// What of the header only the layers above know.
struct HeaderFacts {
  std::array<std::uint32_t, 32> last_index{};  // rgnid
  std::uint32_t next_row_version = 0;          // dwUnique
};

/// The block layer of a new PST: appends blocks, remembers them for the block B-tree, and at the end writes
/// both B-trees, the allocation maps and, last of all, the header.
///
/// Spec:    [MS-PST] 2.2.2; docs/formats/pst-writer.md says how the file is laid out
/// Shape:   in: blocks of at most 8176 bytes; out: PATH.partial, all zeros where the header will be until
///          finish()
/// Errors:  kExhausted  disk full; the partial file stays until this goes away
/// Bounds:  2 bytes of memory per 248 KiB of file, 24 bytes of spill file per block
/// Threads: one at a time
class BlockFile final : public BlockSink {
 public:
  static Result<std::unique_ptr<BlockFile>> create(const std::filesystem::path& path,
                                                   const std::filesystem::path& spill_directory,
                                                   disk::CryptMethod method);
  ~BlockFile() override;  // removes the partial file unless it is finished

  Result<Bid> append_data(Bytes data) override;
  Result<Bid> append_internal(Bytes data) override;
  /// Data whose encoding and checksum were made elsewhere.
  Result<Bid> append_encoded(Bytes stored, std::uint32_t crc);
  /// Says how often a block is referred to; without this a block counts one reference.
  void set_references(Bid bid, std::uint32_t references) { references_[bid.value] = references; }

  /// A place to return to when an item fails: all blocks from there on never existed.
  struct Checkpoint {
    std::uint64_t at = 0, next_block = 0, n_blocks = 0, n_intervals = 0;
  };
  Checkpoint checkpoint() const;
  void roll_back(const Checkpoint& to);

  /// The most that the file can come to have when `closing_bytes` are appended and it is finished.
  std::uint64_t size_bound(std::uint64_t closing_bytes) const;

  /// Completes PATH.partial, and leaves it to the caller. `next_node` gives the nodes in ascending order of
  /// their ids, and false after the last.
  using NextNode = std::function<Result<bool>(disk::NbtEntry&)>;
  Status finish(const NextNode& next_node, const HeaderFacts& facts);

 private:
  friend class PageTreeWriter;
  struct BlockRecord {
    std::uint64_t bid, ib;
    std::uint64_t cb;
  };
  BlockFile(std::filesystem::path path, File file, RecordSpill<BlockRecord> blocks, disk::CryptMethod method);

  /// What of a block depends on where it lies: `encode` sees its bytes in their place and gives their
  /// checksum.
  template <class Encode>
  Result<Bid> append(Bytes data, bool internal, Encode encode);
  /// Moves on to where `bytes` fit without crossing into the next interval.
  Status make_room(std::size_t bytes);
  Status append_raw(Bytes bytes);
  Status append_zeros(std::uint64_t n);
  Status flush();
  /// Writes one B-tree page and says where it is.
  Result<disk::Bref> append_page(ByteString entries, disk::BtPageTail tail);
  Status begin_pages();
  Result<disk::Bref> write_block_tree();
  Status write_maps(disk::Root& root);
  Status write_allocation_map(std::uint64_t k, disk::Root& root);
  Status write_map_page(std::uint64_t at, disk::PageType type, ByteString content);
  Status write_density_list();
  Status write_header(const disk::Root& root, const HeaderFacts& facts);

  std::filesystem::path path_;
  File file_;
  RecordSpill<BlockRecord> blocks_;
  disk::CryptMethod method_;
  std::map<std::uint64_t, std::uint32_t> references_;
  std::uint64_t at_, flushed_;  // of the next byte; of the first byte in buffer_
  ByteString buffer_;
  std::uint64_t next_block_ = 4, next_page_ = 1;
  std::vector<std::uint16_t> used_slots_;  // of the intervals that are full
  std::uint64_t gap_from_ = 0, gap_to_ = 0;
  bool finished_ = false;
};

/// Offset of the AMap that begins interval `k`.
constexpr std::uint64_t interval_at(std::uint64_t k) { return disk::kFirstAMapAt + k * disk::kAMapInterval; }
/// Bytes that the map pages at the beginning of interval `k` take.
std::uint64_t map_bytes(std::uint64_t k);
/// Where a file is until it is whole.
std::filesystem::path partial_path(const std::filesystem::path& path);

}  // namespace mk::pst::write
