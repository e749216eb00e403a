#include "pst/ltp/property_context.h"

#include <fmt/format.h>

#include "model/tags.h"
#include "pst/ltp/bth.h"

namespace mk::pst::ltp {
namespace {

constexpr BthShape kShape{2, 6};

/// PidTagAttachDataObject of an embedded message names a message node; of an OLE object, a node of bytes.
Result<std::optional<ndb::Node>> embedded_message(ValueReader& values, const disk::PcRecord& record) {
  if (record.wPropId != model::pid::kAttachDataBinary ||
      record.wPropType != static_cast<std::uint16_t>(model::PropType::kObject))
    return std::optional<ndb::Node>{};
  TRY_ASSIGN(const ndb::Node node, values.object(record.dwValueHnid));
  if (node.nid.type() != NidType::kNormalMessage) return std::optional<ndb::Node>{};
  return std::optional<ndb::Node>(node);
}

Status add_record(PropertyContext& out, ValueReader& values, Budget& budget, Bytes bytes) {
  TRY_ASSIGN(const auto record, decode<disk::PcRecord>(bytes));
  const model::PropTag tag(std::uint32_t{record.wPropId} << 16 | record.wPropType);
  TRY(budget.charge(sizeof(model::Property)));
  TRY_ASSIGN(auto embedded, embedded_message(values, record));
  if (embedded) {
    out.embedded = embedded;
    return ok;
  }
  TRY_ASSIGN(auto value, values.read(tag, record.dwValueHnid));
  out.properties.add({tag, {}, std::move(value), false});
  return ok;
}

}  // namespace

Result<PropertyContext> read_property_context(std::shared_ptr<const ndb::Database> db, const ndb::Node& node,
                                              Budget& budget, ndb::Losses* losses) {
  PropertyContext out;
  TRY_ASSIGN(Heap heap, Heap::open(db, node.data, losses));
  if (heap.client() != disk::HeapClient::kPropertyContext)
    return Error{Code::kCorrupt, fmt::format("HNHDR.bClientSig {:#x}: the node is no property context",
                                             static_cast<unsigned>(heap.client()))};
  TRY_ASSIGN(out.subnodes, ndb::Subnodes::read(*db, node.sub, losses));
  ValueReader values(db, heap, out.subnodes, budget, losses);
  const auto add = [&](Bytes record) -> Status {
    Status s = add_record(out, values, budget, record);
    if (s) return s;  // the name of the property is made only when it is needed
    const auto id = load_le<std::uint16_t>(record.data());
    return ndb::tolerate(losses, std::move(s), fmt::format("property {:#06x}", id));
  };
  TRY(visit_bth(heap, heap.user_root(), kShape, add, losses));
  return out;
}

}  // namespace mk::pst::ltp
