#pragma once
#include <map>
#include <shared_mutex>
#include <vector>

#include "pst/write/property_context.h"

namespace mk::pst::write {

/// Gives each named property its id in this file, and writes the map: node 0x61.
///
/// Spec:   [MS-PST] 2.4.7
/// Errors: kUnsupported  more than 32,766 different names, which property ids do not suffice for
/// Bounds: all names in memory
/// Threads: id_of() from any
class NameMap {
 public:
  NameMap();
  /// 0x8000 and above, in the order in which names are first met.
  Result<std::uint16_t> id_of(const model::PropertyName& name);
  Result<NodeRef> write(BlockSink& file, SubnodeIds& ids) const;
  /// The most that write() can append.
  std::uint64_t closing_bound() const;

 private:
  std::uint16_t guid_index(const Guid& set);
  std::uint16_t add(const model::PropertyName& name);

  mutable std::shared_mutex mutex_;  // of ids_, which encoders look up while names are added
  std::map<model::PropertyName, std::uint16_t> ids_;
  std::map<Guid, std::uint16_t> guid_indexes_;
  ByteString guids_, entries_, strings_;
  std::map<std::uint32_t, ByteString> buckets_;
};

}  // namespace mk::pst::write
