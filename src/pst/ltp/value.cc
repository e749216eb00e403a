#include "pst/ltp/value.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::pst::ltp {
namespace {

using model::PropType;
using model::Value;

Error no_such(const char* what, std::uint32_t hnid) {
  return {Code::kCorrupt, fmt::format("dwValueHnid {:#x}: {}", hnid, what)};
}

Result<std::vector<ByteString>> fixed_elements(Bytes all, std::size_t element_bytes) {
  if (all.size() % element_bytes != 0)
    return Error{Code::kCorrupt,
                 fmt::format("an array of {} bytes, its elements have {} each", all.size(), element_bytes)};
  std::vector<ByteString> out;
  out.reserve(all.size() / element_bytes);
  for (std::size_t at = 0; at < all.size(); at += element_bytes)
    out.emplace_back(as_chars(all.subspan(at, element_bytes)));
  return out;
}

/// ulCount, rgulDataOffsets[ulCount], then the elements.  [MS-PST] 2.3.3.4.2
Result<std::vector<ByteString>> variable_elements(Bytes all) {
  std::vector<ByteString> out;
  if (all.empty()) return out;
  Reader r(all);
  std::uint32_t count = 0;
  std::vector<std::uint32_t> offsets;
  r("ulCount", count);
  r.list("rgulDataOffsets", count, offsets);
  if (!r.ok()) return r.error("multi-valued property");
  offsets.push_back(static_cast<std::uint32_t>(all.size()));
  for (std::size_t i = 0; i < count; ++i) {
    if (offsets[i] < r.pos() || offsets[i] > offsets[i + 1] || offsets[i + 1] > all.size())
      return Error{Code::kCorrupt,
                   fmt::format("multi-valued property.rgulDataOffsets[{}] {} is out of order or outside of "
                               "its {} bytes",
                               i, offsets[i], all.size())};
    out.emplace_back(as_chars(all.subspan(offsets[i], offsets[i + 1] - offsets[i])));
  }
  return out;
}

std::size_t nul_bytes_of(PropType type) {
  return type == PropType::kString ? 2 : type == PropType::kString8 ? 1 : 0;
}

/// Bytes of `all` without a terminator of `nul_bytes` at its end.
std::size_t length_without_nul(Bytes all, std::size_t nul_bytes) {
  if (nul_bytes == 0 || all.size() % nul_bytes != 0 || all.size() < nul_bytes) return all.size();
  const Bytes end = all.last(nul_bytes);
  const bool is_nul = std::all_of(end.begin(), end.end(), [](std::byte b) { return b == std::byte{0}; });
  return is_nul ? all.size() - nul_bytes : all.size();
}

}  // namespace

std::size_t cell_bytes(PropType type) {
  if (type == PropType::kBoolean) return 1;
  const std::size_t fixed = model::fixed_size(type);
  return fixed <= sizeof(std::uint64_t) ? fixed : 0;  // a GUID is too large for a cell
}

Result<Value> ValueReader::read(model::PropTag tag, std::uint32_t cell) {
  if (tag.is_multiple()) return multiple(tag, cell);
  switch (tag.type()) {
    case PropType::kNull:
    case PropType::kBoolean:
    case PropType::kInteger16:
    case PropType::kInteger32:
    case PropType::kFloating32:
    case PropType::kErrorCode:
      return small(tag, cell);
    case PropType::kObject: {
      TRY_ASSIGN(const ndb::Node node, object(cell));
      return subnode_value(node, 0);
    }
    default:
      break;
  }
  TRY_ASSIGN(Value value, variable(cell, nul_bytes_of(tag.type())));
  const std::size_t fixed = model::fixed_size(tag.type());
  if (fixed != 0 && (value.is_blob() || value.size() != fixed))
    return Error{Code::kCorrupt,
                 fmt::format("dwValueHnid {:#x}: {} bytes where the type has {}", cell, value.size(), fixed)};
  return value;
}

Result<Value> ValueReader::small(model::PropTag tag, std::uint32_t cell) {
  switch (tag.type()) {
    case PropType::kBoolean:
      return Value::of_bytes(le_bytes(static_cast<std::uint16_t>(cell & 0xFF)));  // 1 byte here
    case PropType::kInteger16:
      return Value::of_bytes(le_bytes(static_cast<std::uint16_t>(cell)));
    case PropType::kNull:
      return Value();
    default:
      return Value::of_bytes(le_bytes(cell));
  }
}

Result<Value> ValueReader::variable(std::uint32_t hnid, std::size_t nul_bytes) {
  if (hnid == 0) return Value();
  if (disk::Hid(hnid).type() != 0) {
    TRY_ASSIGN(const ndb::Node node, subnode(Nid(hnid)));
    return subnode_value(node, nul_bytes);
  }
  TRY_ASSIGN(const Bytes there, heap_.get(disk::Hid(hnid)));
  TRY(budget_.charge(there.size()));
  return Value::of_bytes(ByteString(as_chars(there.first(length_without_nul(there, nul_bytes)))));
}

Result<Value> ValueReader::multiple(model::PropTag tag, std::uint32_t hnid) {
  TRY_ASSIGN(const ByteString all, load(hnid));
  const std::size_t element_bytes = model::fixed_size(tag.element_type());
  auto elements =
      element_bytes != 0 ? fixed_elements(as_bytes(all), element_bytes) : variable_elements(as_bytes(all));
  if (!elements) return std::move(elements).error();
  TRY(budget_.charge(elements->size() * sizeof(ByteString)));
  const std::size_t nul_bytes = nul_bytes_of(tag.element_type());
  for (ByteString& e : *elements) e.resize(length_without_nul(as_bytes(e), nul_bytes));
  return Value::of_elements(*std::move(elements));
}

Result<ByteString> ValueReader::load(std::uint32_t hnid) {
  TRY_ASSIGN(const Value value, variable(hnid, 0));
  if (value.is_blob()) TRY(budget_.charge(value.size()));
  return value.load(Budget::kMaxBytes);
}

Result<ndb::Node> ValueReader::subnode(Nid nid) {
  const ndb::Node* found = subnodes_.find(nid);
  if (found == nullptr) return no_such("the node has no such subnode", nid.value);
  return *found;
}

Result<ndb::Node> ValueReader::object(std::uint32_t hid) {
  if (disk::Hid(hid).type() != 0) return no_such("an object's must be a HID", hid);
  TRY_ASSIGN(const Bytes there, heap_.get(disk::Hid(hid)));
  TRY_ASSIGN(const auto o, decode<disk::ObjectValue>(there));
  return subnode(Nid(o.Nid));
}

/// The data of a subnode; when losses are to be noted, it is read here once to find them.
Result<ndb::DataTree> ValueReader::data_of(const ndb::Node& node, ndb::DataTree::Holes& holes) {
  if (losses_ == nullptr) return ndb::DataTree::open(db_, node.data);
  TRY_ASSIGN(ndb::DataTree tree, ndb::DataTree::open(db_, node.data, &holes));
  for (std::size_t i = 0; i < tree.n_leaves(); ++i) TRY(tree.leaf(i));
  if (holes.any()) losses_->add(holes.error(), fmt::format("a value of {} bytes", tree.size()));
  return tree;
}

Result<Value> ValueReader::subnode_value(const ndb::Node& node, std::size_t nul_bytes) {
  ndb::DataTree::Holes holes;
  TRY_ASSIGN(ndb::DataTree tree, data_of(node, holes));
  if (tree.size() > model::kMaxInlineValueBytes || !budget_.has_room_for(tree.size())) {
    if (holes.any()) return Value::of_blob(ndb::make_patched_blob(db_, node.data, tree.size()));
    return subnode_blob(node, tree.size(), nul_bytes);
  }
  TRY(budget_.charge(tree.size()));
  TRY_ASSIGN(ByteString bytes, tree.load(model::kMaxInlineValueBytes));
  bytes.resize(length_without_nul(as_bytes(bytes), nul_bytes));
  return Value::of_bytes(std::move(bytes));
}

Result<Value> ValueReader::subnode_blob(const ndb::Node& node, std::uint64_t size, std::size_t nul_bytes) {
  BlobPtr blob = ndb::make_data_blob(db_, node.data, size);
  if (nul_bytes == 0 || size < nul_bytes || size % nul_bytes != 0) return Value::of_blob(std::move(blob));
  TRY_ASSIGN(const auto end, blob->open(size - nul_bytes));
  TRY_ASSIGN(const ByteString last, read_all(*end, nul_bytes));
  if (length_without_nul(as_bytes(last), nul_bytes) == 0)
    blob = ndb::make_data_blob(db_, node.data, size - nul_bytes);
  return Value::of_blob(std::move(blob));
}

}  // namespace mk::pst::ltp
