#include "pst/write/name_map.h"

#include <mutex>

#include "model/tags.h"
#include "pst/disk/crc.h"
#include "pst/disk/table.h"

namespace mk::pst::write {
namespace {

constexpr std::uint16_t kMapiIndex = 1, kPublicStringsIndex = 2, kFirstGuidIndex = 3;
constexpr std::size_t kNamesMax = 0x7FFE;

StoredValue binary(ByteString bytes) {
  return {static_cast<std::uint16_t>(model::PropType::kBinary), std::move(bytes), nullptr};
}
StoredValue integer(std::uint32_t v) {
  return {static_cast<std::uint16_t>(model::PropType::kInteger32), le_bytes(v), nullptr};
}

}  // namespace

/// Readers dislike empty streams, so that every file starts with two names that nearly all mailboxes use.
NameMap::NameMap() {
  add(model::string_name(model::pset::kPublicStrings, "Keywords"));
  add(model::lid_name(model::pset::kCommon, 0x8506));  // PidLidPrivate
}

Result<std::uint16_t> NameMap::id_of(const model::PropertyName& name) {
  {
    const std::shared_lock lock(mutex_);
    const auto it = ids_.find(name);
    if (it != ids_.end()) return it->second;
  }
  const std::unique_lock lock(mutex_);
  if (ids_.size() == kNamesMax)
    return Error{Code::kUnsupported, "more than 32,766 named properties, which a PST cannot hold"};
  return add(name);
}

std::uint16_t NameMap::guid_index(const Guid& set) {
  if (set == model::pset::kMapi) return kMapiIndex;
  if (set == model::pset::kPublicStrings) return kPublicStringsIndex;
  const auto [it, is_new] =
      guid_indexes_.emplace(set, static_cast<std::uint16_t>(kFirstGuidIndex + guid_indexes_.size()));
  if (is_new) encode_to(guids_, set);
  return it->second;
}

std::uint16_t NameMap::add(const model::PropertyName& name) {
  const auto index = static_cast<std::uint16_t>(ids_.size());
  ids_.emplace(name, static_cast<std::uint16_t>(0x8000 + index));
  disk::NameId entry{0, static_cast<std::uint16_t>(guid_index(name.set) << 1 | (name.is_lid() ? 0 : 1)),
                     index};
  disk::NameId in_bucket = entry;
  if (name.is_lid()) {
    entry.dwPropertyID = in_bucket.dwPropertyID = std::get<0>(name.key);
  } else {
    const ByteString& text = std::get<1>(name.key);
    entry.dwPropertyID = static_cast<std::uint32_t>(strings_.size());
    in_bucket.dwPropertyID = disk::crc(as_bytes(text));
    append_le(strings_, static_cast<std::uint32_t>(text.size()));
    strings_ += text;
    strings_.resize((strings_.size() + 3) / 4 * 4, '\0');
  }
  encode_to(entries_, entry);
  encode_to(buckets_[(in_bucket.dwPropertyID ^ entry.wGuid) % disk::kNameidBuckets], in_bucket);
  return ids_.at(name);
}

/// Each name is in three streams, each of which may be in the heap or have blocks of its own.
std::uint64_t NameMap::closing_bound() const {
  constexpr std::uint64_t kBucketBytes = 32, kStreamBytes = 1024;
  return 2 * (2 * entries_.size() + guids_.size() + strings_.size()) + buckets_.size() * kBucketBytes +
         4 * kStreamBytes;
}

Result<NodeRef> NameMap::write(BlockSink& file, SubnodeIds& ids) const {
  SubnodeBuilder subnodes;
  PropertyContextBuilder pc(file, subnodes, ids);
  TRY(pc.add(disk::kNameidBucketCount, integer(disk::kNameidBuckets)));
  TRY(pc.add(disk::kNameidStreamGuid, binary(guids_)));
  TRY(pc.add(disk::kNameidStreamEntry, binary(entries_)));
  TRY(pc.add(disk::kNameidStreamString, binary(strings_)));
  for (const auto& [bucket, entries] : buckets_)
    TRY(pc.add(static_cast<std::uint16_t>(disk::kNameidBucketBase + bucket), binary(entries)));
  return pc.finish();
}

}  // namespace mk::pst::write
