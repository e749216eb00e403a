#pragma once
#include "pst/check/references.h"

namespace mk::pst::check {

/// Checks one block: its trailer, its bytes, and of internal blocks what they list.
///
/// Spec:   [MS-PST] 2.2.2.8
/// Errors: those of the sorter behind `references`
class BlockCheck {
 public:
  BlockCheck(Blocks& blocks, Findings& findings, References& references, Totals& totals)
      : blocks_(blocks), m_(blocks.medium()), out_(findings), references_(references), totals_(totals) {}
  /// `whole`: the block with its padding and trailer.
  Status run(const Extent& extent, Bytes whole);

 private:
  void check_trailer(const Extent& extent, Bytes whole, const Where& where);
  Status check_internal(const disk::BbtEntry& entry, Bytes stored, const Where& where);
  void check_encoding(const disk::BbtEntry& entry, Bytes plain, const Where& where);
  Status check_x_block(Bytes block, const Where& where, std::uint64_t bid);
  std::uint64_t check_leaves(const std::vector<Bid>& ids, const Where& where);
  std::uint64_t check_x_blocks(const std::vector<Bid>& ids, const Where& where);
  Status check_subnodes(Bytes block, const Where& where, std::uint64_t bid);
  template <class Entry>
  Status check_entries(Bytes entries, std::size_t n, const Where& where, std::uint64_t bid);
  Status check_entry(const disk::SlEntry& e, const Where& where, std::uint64_t bid, std::uint32_t next);
  Status check_entry(const disk::SiEntry& e, const Where& where, std::uint64_t bid, std::uint32_t next);

  Blocks& blocks_;
  const Medium& m_;
  Findings& out_;
  References& references_;
  Totals& totals_;
};

/// Indexes of nodes and subnodes: the greatest of each type, and none that is reserved.
void count_index(Nid nid, bool is_subnode, Totals& totals, Findings& findings, const Where& where);

}  // namespace mk::pst::check
