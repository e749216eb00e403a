#include "pst/name_map.h"

#include <fmt/format.h>

#include "model/tags.h"
#include "pst/disk/table.h"
#include "pst/ltp/property_context.h"

namespace mk::pst {
namespace {

constexpr std::uint16_t kFirstNamed = 0x8000, kMaxNames = 0x8000;
constexpr std::uint64_t kMaxStreamBytes = 16 << 20;

Result<ByteString> stream(const model::PropertyList& list, std::uint16_t id) {
  const model::Property* p = list.find(id);
  if (p == nullptr) return ByteString();
  return p->value.load(kMaxStreamBytes);
}

}  // namespace

struct NameStreams {
  ByteString guids, strings;
};

namespace {

Result<Guid> guid_of(const NameStreams& streams, std::uint16_t wGuid) {
  const std::size_t i = wGuid >> 1;
  if (i == 0) return Guid{};
  if (i == 1) return model::pset::kMapi;
  if (i == 2) return model::pset::kPublicStrings;
  const std::size_t at = (i - 3) * wire_size<Guid>();
  if (at + wire_size<Guid>() > streams.guids.size())
    return Error{Code::kCorrupt, fmt::format("NAMEID.wGuid {:#x}: the GUID stream is shorter", wGuid)};
  return decode<Guid>(as_bytes(streams.guids).subspan(at));
}

Result<ByteString> string_of(const NameStreams& streams, std::uint32_t at) {
  const Bytes all = as_bytes(streams.strings);
  if (at > all.size() || all.size() - at < sizeof(std::uint32_t))
    return Error{Code::kCorrupt, fmt::format("NAMEID.dwPropertyID {:#x}: the string stream is shorter", at)};
  const auto n = load_le<std::uint32_t>(all.data() + at);
  if (n > all.size() - at - sizeof n)
    return Error{Code::kCorrupt,
                 fmt::format("string stream at {:#x}: a name of {} bytes lies outside of it", at, n)};
  return ByteString(as_chars(all.subspan(at + sizeof n, n)));
}

}  // namespace

Result<NameMap> NameMap::read(std::shared_ptr<const ndb::Database> db) {
  TRY_ASSIGN(const ndb::Node node, db->node(nid::kNameToIdMap));
  ltp::Budget budget;
  TRY_ASSIGN(const auto context, ltp::read_property_context(db, node, budget));
  NameStreams streams;
  TRY_ASSIGN(streams.guids, stream(context.properties, disk::kNameidStreamGuid));
  TRY_ASSIGN(streams.strings, stream(context.properties, disk::kNameidStreamString));
  TRY_ASSIGN(const ByteString entries, stream(context.properties, disk::kNameidStreamEntry));
  NameMap map;
  constexpr std::size_t kEntry = wire_size<disk::NameId>();
  for (std::size_t at = 0; at + kEntry <= entries.size(); at += kEntry)
    TRY(map.add(streams, as_bytes(entries).subspan(at, kEntry)));
  return map;
}

Status NameMap::add(const NameStreams& streams, Bytes entry) {
  TRY_ASSIGN(const auto e, decode<disk::NameId>(entry));
  if (e.wPropIdx >= kMaxNames)
    return Error{Code::kCorrupt, fmt::format("NAMEID.wPropIdx {:#x} is above 0x7fff", e.wPropIdx)};
  model::PropertyName name;
  TRY_ASSIGN(name.set, guid_of(streams, e.wGuid));
  if ((e.wGuid & 1) != 0) {
    TRY_ASSIGN(name.key, string_of(streams, e.dwPropertyID));
  } else {
    name.key = e.dwPropertyID;
  }
  if (names_.size() <= e.wPropIdx) names_.resize(e.wPropIdx + std::size_t{1});
  if (!names_[e.wPropIdx]) ++n_;
  names_[e.wPropIdx] = std::move(name);
  return ok;
}

const model::PropertyName* NameMap::find(std::uint16_t id) const {
  const std::size_t i = id - std::size_t{kFirstNamed};
  return id >= kFirstNamed && i < names_.size() && names_[i] ? &*names_[i] : nullptr;
}

std::vector<model::PropertyName> NameMap::in_order() const {
  std::vector<model::PropertyName> out;
  for (const auto& name : names_) {
    if (!name) break;
    out.push_back(*name);
  }
  return out;
}

void NameMap::resolve(model::PropertyList& list) const {
  for (auto& p : list)
    if (const model::PropertyName* name = find(p.tag.id())) p.name = *name;
}

}  // namespace mk::pst
