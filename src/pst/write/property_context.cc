#include "pst/write/property_context.h"

#include <algorithm>

namespace mk::pst::write {

constexpr std::size_t kUsualRecords = 64;  // of a message

Nid SubnodeIds::next(NidType type) {
  const auto t = static_cast<std::size_t>(type);
  const std::uint32_t index = kFirstIndex + used_[t]++;
  last_index_[t] = std::max(last_index_[t], index);
  return Nid(type, index);
}

Status PropertyContextBuilder::begin() {
  if (begun_) return ok;
  begun_ = true;
  records_.reserve(kUsualRecords);
  TRY_ASSIGN(const disk::Hid root, tree_.begin());
  heap_.set_root(root);
  return ok;
}

Status PropertyContextBuilder::add(std::uint16_t id, const StoredValue& value) {
  TRY(begin());
  logical_bytes_ += value.size();
  TRY_ASSIGN(const std::uint32_t hnid, place(value));
  records_.push_back({id, value.type, hnid});
  return ok;
}

/// Small numbers are their own HNID.
Result<std::uint32_t> PropertyContextBuilder::place(const StoredValue& value) {
  const std::size_t fixed = stored_fixed_size(value.type);
  if (fixed != 0 && fixed <= 4) {
    std::uint32_t inline_value = 0;
    std::copy_n(as_bytes(value.bytes).begin(), fixed,
                std::as_writable_bytes(std::span(&inline_value, 1)).begin());
    return inline_value;
  }
  if (value.size() == 0) return std::uint32_t{0};
  if (value.size() <= disk::kHeapMaxAllocation && !value.is_object()) {
    ByteString loaded;
    if (value.blob) {
      TRY_ASSIGN(auto in, value.blob->open());
      TRY_ASSIGN(loaded, read_all(*in, disk::kHeapMaxAllocation));
      if (loaded.empty()) return std::uint32_t{0};
    }
    TRY_ASSIGN(const disk::Hid hid, heap_.allocate(as_bytes(value.blob ? loaded : value.bytes)));
    return hid.value;
  }
  DataTreeBuilder tree(file_);
  if (value.blob) {
    TRY_ASSIGN(auto in, value.blob->open());
    TRY(tree.copy_from(*in));
  } else {
    TRY(tree.write(as_bytes(value.bytes)));
  }
  TRY_ASSIGN(const DataRef data, tree.finish());
  if (data.bytes != value.size()) return Error{Code::kTruncated, "a large value ends before its size"};
  const Nid nid = ids_.next(NidType::kLtp);
  subnodes_.add(nid, data);
  return nid.value;
}

Status PropertyContextBuilder::add_object(std::uint16_t id, Nid nid, std::uint64_t size) {
  TRY(begin());
  logical_bytes_ += size;
  const auto shown = static_cast<std::uint32_t>(std::min<std::uint64_t>(size, 0xFFFFFFFF));
  TRY_ASSIGN(const disk::Hid hid, heap_.allocate(as_bytes(encode(disk::ObjectValue{nid.value, shown}))));
  records_.push_back({id, static_cast<std::uint16_t>(model::PropType::kObject), hid.value});
  return ok;
}

Status PropertyContextBuilder::write_records() {
  TRY(begin());
  std::sort(records_.begin(), records_.end(),
            [](const auto& a, const auto& b) { return a.wPropId < b.wPropId; });
  for (const auto& r : records_) TRY(tree_.add(as_bytes(encode(r))));
  return tree_.finish();
}

Result<NodeRef> PropertyContextBuilder::finish(SizeRule rule, std::uint16_t size_property) {
  TRY(write_records());
  const std::uint64_t node_bytes = heap_.bytes() + subnodes_.bytes();
  if (rule != SizeRule::kNone) {
    const std::uint64_t size = rule == SizeRule::kNode ? node_bytes : logical_bytes_;
    const auto it = std::find_if(records_.begin(), records_.end(),
                                 [&](const auto& r) { return r.wPropId == size_property; });
    MK_CHECK(it != records_.end());
    const auto n = static_cast<std::size_t>(it - records_.begin());
    const auto shown = static_cast<std::uint32_t>(std::min<std::uint64_t>(size, 0x7FFFFFFF));
    heap_.patch(tree_.leaf_of(n), tree_.offset_of(n) + 4, as_bytes(le_bytes(shown)));
  }
  NodeRef node;
  TRY_ASSIGN(const DataRef data, heap_.finish());
  node.data = data.bid;
  TRY_ASSIGN(node.sub, subnodes_.write(file_));
  MK_CHECK(data.bytes + subnodes_.bytes() == node_bytes);
  node.bytes = node_bytes;
  return node;
}

}  // namespace mk::pst::write
