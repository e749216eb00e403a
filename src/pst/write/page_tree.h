#pragma once
#include <vector>

#include "pst/write/block_file.h"

namespace mk::pst::write {

/// Builds the node or block B-tree bottom-up from entries in ascending order: one page per level in memory.
///
/// Spec: [MS-PST] 2.2.2.7.7
class PageTreeWriter {
 public:
  PageTreeWriter(BlockFile& file, disk::PageType type) : file_(file), type_(type), levels_(1) {}
  Status add(std::uint64_t key, Bytes entry) { return add_to(0, key, entry); }
  Status add(std::uint64_t key, const ByteString& entry) { return add_to(0, key, as_bytes(entry)); }
  /// Writes what is left and says where the root is.
  Result<disk::Bref> finish();

 private:
  struct Level {
    ByteString entries;
    std::size_t n = 0;
    std::uint64_t first_key = 0;
  };
  Status add_to(std::size_t level, std::uint64_t key, Bytes entry);
  Result<disk::BtEntry> write_page(std::size_t level);
  std::size_t entry_bytes(std::size_t level) const;

  BlockFile& file_;
  disk::PageType type_;
  std::vector<Level> levels_;
};

}  // namespace mk::pst::write
