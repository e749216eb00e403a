#pragma once
#include <functional>
#include <vector>

#include "pst/disk/layout.h"
#include "pst/ndb/storage.h"

namespace mk::pst::ndb {

/// What a scan meets, in the order of the file.
struct ScanVisitor {
  /// A leaf of the node B-tree: its entries as they lie in the file, `stride` bytes each.
  std::function<void(const disk::PageTrailer& trailer, Bytes entries, std::size_t stride)> node_page;
  /// A block; BbtEntry.cRef is 2, as of a block with one reference, or 0 where a sound map says that its
  /// place is not allocated: it was freed, its bytes are still there.
  std::function<void(const disk::BbtEntry& block)> block;
};

struct ScanOptions {
  bool verify_checksums = true;  // false only for fuzzing
  bool trust_maps = true;        // skip pages that the allocation maps say are free
};

/// Finds the pages and blocks of a file without its B-trees: by their trailers, whose signature goes with the
/// place and whose CRC goes with the bytes.
///
/// Spec:    [MS-PST] 2.2.2.7.1, 2.2.2.8.1, 5.5
/// Errors:  those of the storage
/// Bounds:  1 MiB and a block of memory; one pass
Status scan(const Storage& storage, const disk::Layout& layout, const ScanOptions& options,
            const ScanVisitor& visitor);

}  // namespace mk::pst::ndb
