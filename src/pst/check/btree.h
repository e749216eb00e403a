#pragma once
#include <optional>
#include <vector>

#include "pst/check/medium.h"
#include "pst/check/sorter.h"
#include "pst/check/work.h"

namespace mk::pst::check {

/// A page, block or map page: what has its place in the file.
struct Extent {
  std::uint64_t ib = 0, bid = 0;
  std::uint16_t cb = 0, inflated = 0;
  std::uint8_t is_page = 0;  // a B-tree page, which was checked when it was walked
  auto operator<=>(const Extent&) const = default;
};

using LeafEntry = std::array<std::byte, 32>;

/// Checks every page of a B-tree and gives its leaf entries in their order, also from doubtful pages.
///
/// Spec:   [MS-PST] 2.2.2.7.7
/// Errors: those of the sorters and of the visitor; damage is a finding
/// Bounds: 8 levels; every page at most once
class TreeCheck {
 public:
  using Visit = std::function<Status(const LeafEntry&, const Where&)>;
  TreeCheck(const Medium& medium, Findings& findings, Sorter<Extent>& extents,
            Sorter<std::uint64_t>& page_bids)
      : m_(medium), out_(findings), extents_(extents), page_bids_(page_bids) {}
  Status run(disk::PageType type, const Visit& visit);
  std::uint64_t greatest_bid() const { return greatest_bid_; }

 private:
  struct Wanted {
    disk::Bref at;
    int level = -1;  // of the root any
    std::optional<std::uint64_t> first;
    std::uint64_t end = ~std::uint64_t{0};
  };
  Status page(const Wanted& wanted, const Visit& visit);
  bool check_place(const disk::Bref& at, const Where& where);
  void check_trailer(Bytes bytes, const disk::PageTrailer& t, const disk::Bref& at, const Where& where);
  bool check_tail(const disk::BtPageTail& t, const Wanted& wanted, const Where& where);
  void check_keys(Bytes bytes, std::size_t n, std::size_t stride, const Wanted& wanted, const Where& where);
  Status descend(Bytes bytes, std::size_t n, int level, const Wanted& wanted, const Visit& visit,
                 const Where& where);
  std::size_t entry_bytes(int level) const;

  const Medium& m_;
  Findings& out_;
  Sorter<Extent>& extents_;
  Sorter<std::uint64_t>& page_bids_;
  disk::PageType type_{};
  PageSet met_;
  std::uint64_t greatest_bid_ = 0;
};

/// Finds leaf entries by key; whatever is wrong on the way was said by TreeCheck. Nothing once work is
/// exhausted.
///
/// Bounds: 4 MiB of pages
class TreeIndex {
 public:
  TreeIndex(const Medium& medium, disk::PageType type, Work& work);
  std::optional<LeafEntry> find(std::uint64_t key);

 private:
  struct Slot {
    std::uint64_t at = 0;
    ByteString bytes;
  };
  const ByteString* page(std::uint64_t at);
  const Medium& m_;
  Work& work_;
  disk::Bref root_;
  bool is_nbt_;
  std::uint64_t mask_;
  std::vector<Slot> slots_;
};

}  // namespace mk::pst::check
