#pragma once
#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "pst/disk/layout.h"
#include "pst/ndb/storage.h"

namespace mk::pst::ndb {

struct ReadOptions {
  bool verify_checksums = true;  // false only for fuzzing, which could not get past them
};

/// One page of a B-tree that passed its checks.
struct BtPage {
  ByteString bytes;
  std::uint64_t ib = 0;
  std::uint64_t bid = 0;
  std::size_t n = 0;       // entries
  std::size_t stride = 0;  // bytes from entry to entry
  std::uint8_t level = 0;  // 0: leaf
  Bytes entry(std::size_t i) const { return as_bytes(bytes).subspan(i * stride, stride); }
};

/// The leaf entry of a B-tree as it lies in the file; disk::decode_as() makes a structure of it.
using BtLeafEntry = std::array<std::byte, 32>;

/// The node B-tree or the block B-tree of a file, looked up page by page.
///
/// Spec:    [MS-PST] 2.2.2.7.7
/// Errors:  kCorrupt   a page on the way is damaged; names page, structure and field
///          kTruncated a page lies beyond the end of the file
/// Bounds:  8 levels; a cache of 1 MiB
/// Threads: any
class BTree {
 public:
  using Entry = BtLeafEntry;

  /// `type`: kNBT or kBBT.
  BTree(std::shared_ptr<const Storage> storage, const disk::Layout& layout, disk::Bref root,
        disk::PageType type, ReadOptions options);

  /// Reads the root page, without which there is nothing to find.
  Status check_root() const;
  /// The leaf entry with this key; nothing when there is none.
  Result<std::optional<Entry>> find(std::uint64_t key) const;
  /// Visits all entries that can be read, in order of their keys; then reports the first damage that it met.
  Status visit(const std::function<void(const Entry&)>& visitor) const;

 private:
  using PagePtr = std::shared_ptr<const BtPage>;
  struct Range {  // of keys, `end` not included
    std::uint64_t begin, end;
  };

  Result<PagePtr> page(disk::Bref at, std::optional<std::uint8_t> level) const;
  Result<PagePtr> load(disk::Bref at) const;
  Status check(BtPage& page) const;
  Status check_trailer(const BtPage& page, const disk::PageTrailer& trailer) const;
  Status check_tail(const BtPage& page, const disk::BtPageTail& tail) const;
  Status visit_page(disk::Bref at, std::optional<std::uint8_t> level, Range range,
                    const std::function<void(const Entry&)>& visitor) const;
  std::uint64_t key_at(const BtPage& page, std::size_t i) const;
  std::size_t upper_bound(const BtPage& page, std::uint64_t key) const;
  std::size_t entry_bytes(std::uint8_t level) const;
  disk::Bref child_of(const BtPage& page, std::size_t i) const;
  static Entry entry_of(const BtPage& page, std::size_t i);
  Error damage(const BtPage& page, const char* field, std::uint64_t value, const char* cause) const;
  const char* name() const { return type_ == disk::PageType::kNBT ? "NBT" : "BBT"; }

  static constexpr std::size_t kCacheBytes = std::size_t{1} << 20, kStripes = 16;
  std::shared_ptr<const Storage> storage_;
  const disk::Layout& layout_;
  disk::Bref root_;
  disk::PageType type_;
  std::uint64_t key_mask_;
  ReadOptions options_;
  mutable std::array<std::mutex, kStripes> mutexes_;
  mutable std::vector<PagePtr> cache_;  // by a hash of the page's offset; a newcomer replaces
};

}  // namespace mk::pst::ndb
