#pragma once
#include "pst/check/blocks.h"

namespace mk::pst::check {

/// Something that refers to a block.
struct Reference {
  std::uint64_t bid = 0, owner = 0;
  std::uint8_t owner_is_block = 0;
  auto operator<=>(const Reference&) const = default;
};

/// Counts who refers to each block and compares with the BBT, both in the order of BIDs.
///
/// Spec:   [MS-PST] 2.2.2.7.7.3
/// Errors: those of the sorter      Bounds: those of the sorter
class References {
 public:
  References(std::filesystem::path directory, Findings& findings)
      : sorted_(std::move(directory)), out_(findings) {}
  Status add(Bid bid, std::uint64_t owner, bool owner_is_block);
  Status begin();
  /// To be called for each entry of the BBT in order.
  Status entry(const disk::BbtEntry& entry);
  Status end();

 private:
  Status advance();
  void missing(const Reference& r);
  Sorter<Reference> sorted_;
  Findings& out_;
  std::optional<Reference> next_;
};

}  // namespace mk::pst::check
