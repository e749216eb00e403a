#pragma once
#include "pst/check/blocks.h"

namespace mk::pst::check {

/// What a BID leads to: the first of a tree of blocks, or of subnodes.
enum class BlockKind : std::uint8_t { kAny, kData, kSubnodes };

/// Something that refers to a block, or what an internal block itself says that it is.
struct Reference {
  std::uint64_t bid = 0;
  std::uint8_t is_other = 0;  // 0 for what the block itself says, which comes first
  BlockKind kind = BlockKind::kAny;
  std::uint8_t owner_is_block = 0;
  std::uint64_t owner = 0;
  auto operator<=>(const Reference&) const = default;
};

/// Counts who refers to each block and compares with the BBT, both in the order of BIDs; also whether it is
/// of the kind that they need.
///
/// Spec:   [MS-PST] 2.2.2.7.7.3
/// Errors: those of the sorter
/// Bounds: those of the sorter; no more references than sound lists of so many blocks could have
class References {
 public:
  References(std::filesystem::path directory, Findings& findings)
      : sorted_(std::move(directory)), out_(findings) {}
  /// `kind`: what the owner needs it to be.
  Status add(Bid bid, BlockKind kind, std::uint64_t owner, bool owner_is_block);
  /// To be called for each internal block.
  Status is(Bid bid, BlockKind kind);
  /// How many more there may be, as nodes and blocks are met.
  void allow(std::uint64_t n) { left_ += n; }
  bool complete() const { return left_ > 0; }
  Status begin();
  /// To be called for each entry of the BBT in order.
  Status entry(const disk::BbtEntry& entry);
  Status end();

 private:
  Status advance();
  void missing(const Reference& r);
  void check_kind(const Reference& r, BlockKind kind);
  Sorter<Reference> sorted_;
  Findings& out_;
  std::optional<Reference> next_;
  std::uint64_t left_ = 1'000'000;
};

}  // namespace mk::pst::check
