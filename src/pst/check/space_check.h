#pragma once
#include "pst/check/block_check.h"

namespace mk::pst::check {

/// Walks over the file from front to end: every block, every allocation map, and which slots have an owner.
///
/// Spec:   [MS-PST] 2.2.2.7.2 - 2.2.2.7.6, 2.2.2.8
/// Errors: those of the sorters and of the storage
/// Bounds: one interval's slots, a window of 1 MiB; what lies over other blocks is looked into while there is
///         work left
class SpaceCheck {
 public:
  using Progress = std::function<Status(std::uint64_t at)>;
  SpaceCheck(const Medium& medium, Findings& findings, BlockCheck& blocks, Totals& totals, Work& work)
      : m_(medium), out_(findings), blocks_(blocks), totals_(totals), work_(work) {}
  Status run(Sorter<Extent>& extents, const Progress& progress);

 private:
  Status extent(const Extent& e);
  /// False when some of the bytes are another's.
  bool own(std::uint64_t at, std::uint64_t bytes, const Where& where);
  Status reach(std::uint64_t k);
  void close();
  void open(std::uint64_t k);
  void own_map(std::uint64_t at, disk::PageType type);
  bool map_page(std::uint64_t at, disk::PageType type, const Where& where, ByteString& page);
  void density_list();
  void density_entries(const disk::DListPage& list, const Where& where);
  std::uint64_t free_slots(std::uint64_t k) const;
  Result<Bytes> window(std::uint64_t at, std::size_t n);

  const Medium& m_;
  Findings& out_;
  BlockCheck& blocks_;
  Totals& totals_;
  Work& work_;
  std::vector<bool> owned_, is_map_;  // slots of the open interval
  std::uint64_t interval_ = 0, n_intervals_ = 0, owned_to_ = 0;
  ByteString window_;
  std::uint64_t window_at_ = 0;
};

}  // namespace mk::pst::check
