#pragma once
#include <optional>
#include <vector>

#include "pst/write/heap_builder.h"
#include "pst/write/value.h"

namespace mk::pst::write {

/// Gives out ids of subnodes, and remembers the highest of each type for the header's rgnid.
class SubnodeIds {
 public:
  explicit SubnodeIds(std::array<std::uint32_t, 32>& last_index) : last_index_(last_index) { used_.fill(0); }
  Nid next(NidType type);

 private:
  static constexpr std::uint32_t kFirstIndex = 0x401;  // below 0x400 are the store's own
  std::array<std::uint32_t, 32>& last_index_;
  std::array<std::uint32_t, 32> used_;
};

/// Builds the property context of one node; values above 3580 bytes become subnodes.
///
/// Spec:   [MS-PST] 2.3.3
/// Errors: kUnsupported  values of 4 GiB, heaps of 500 MB; and those of the values' own sources
class PropertyContextBuilder {
 public:
  PropertyContextBuilder(BlockSink& file, SubnodeBuilder& subnodes, SubnodeIds& ids)
      : file_(file),
        subnodes_(subnodes),
        ids_(ids),
        heap_(file, disk::HeapClient::kPropertyContext),
        tree_(heap_, 2, 6) {}

  /// Ids may come in any order, but each only once.
  Status add(std::uint16_t id, const StoredValue& value);
  /// PtypObject: a subnode that is there already, and how large it says that it is.
  Status add_object(std::uint16_t id, Nid nid, std::uint64_t size);
  /// Sum of the sizes of all values: PidTagAttachSize of an attachment.
  std::uint64_t logical_bytes() const { return logical_bytes_; }

  /// What `size_property` (there already, PtypInteger32) shall say.
  enum class SizeRule { kNone, kNode, kLogical };
  /// Writes the node: its heap and its subnodes.
  Result<NodeRef> finish(SizeRule rule = SizeRule::kNone, std::uint16_t size_property = 0);

 private:
  Status begin();
  Result<std::uint32_t> place(const StoredValue& value);
  Status write_records();

  BlockSink& file_;
  SubnodeBuilder& subnodes_;
  SubnodeIds& ids_;
  HeapBuilder heap_;
  BthBuilder tree_;
  bool begun_ = false;
  std::vector<disk::PcRecord> records_;
  std::uint64_t logical_bytes_ = 0;
};

}  // namespace mk::pst::write
