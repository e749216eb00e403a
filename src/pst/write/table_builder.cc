#include "pst/write/table_builder.h"

#include <algorithm>

namespace mk::pst::write {
namespace {

/// Cells of fixed types up to 8 bytes hold the value, all others an HNID.
std::uint8_t cell_bytes(std::uint32_t tag) {
  const std::size_t fixed = stored_fixed_size(static_cast<std::uint16_t>(tag));
  return static_cast<std::uint8_t>(fixed == 0 || fixed > 8 ? 4 : fixed);
}

bool holds_value(std::uint32_t tag) {
  const std::size_t fixed = stored_fixed_size(static_cast<std::uint16_t>(tag));
  return fixed != 0 && fixed <= 8;
}

}  // namespace

TableLayout::TableLayout(std::span<const std::uint32_t> tags) {
  MK_CHECK(tags.size() <= 255);
  std::uint8_t bit = 0;
  for (const std::uint32_t tag : tags) columns_.push_back({tag, 0, cell_bytes(tag), bit++});
  std::uint16_t at = 0;
  const auto place = [&](disk::TciRegion region, auto&& belongs) {
    for (auto& c : columns_) {
      if (!belongs(c.cbData)) continue;
      c.ibData = at;
      at = static_cast<std::uint16_t>(at + c.cbData);
    }
    ends_[region] = at;
  };
  place(disk::kTci4b, [](auto n) { return n >= 4; });
  place(disk::kTci2b, [](auto n) { return n == 2; });
  place(disk::kTci1b, [](auto n) { return n == 1; });
  ends_[disk::kTciBm] = static_cast<std::uint16_t>(at + (columns_.size() + 7) / 8);
  std::sort(columns_.begin(), columns_.end(), [](const auto& a, const auto& b) { return a.tag < b.tag; });
}

const disk::TColDesc* TableLayout::find(std::uint32_t tag) const {
  const auto it = std::lower_bound(columns_.begin(), columns_.end(), tag,
                                   [](const auto& c, auto t) { return c.tag < t; });
  return it != columns_.end() && it->tag == tag ? &*it : nullptr;
}

TableBuilder::TableBuilder(BlockSink& file, const TableLayout& layout, SubnodeIds& ids)
    : file_(file),
      layout_(layout),
      ids_(ids),
      heap_(file, disk::HeapClient::kTable, HeapBuilder::Mode::kStreamed),
      row_index_(heap_, 4, 4),
      rows_(file) {}

Status TableBuilder::begin() {
  if (begun_) return ok;
  begun_ = true;
  info_ = {
      disk::kTableSignature, static_cast<std::uint8_t>(layout_.columns().size()), layout_.ends(), 0, 0, 0};
  TRY_ASSIGN(const disk::Hid index, row_index_.begin());
  info_.hidRowIndex = index.value;
  ByteString bytes = encode(info_);
  for (const auto& c : layout_.columns()) encode_to(bytes, c);
  TRY_ASSIGN(info_at_, heap_.allocate(as_bytes(bytes)));
  heap_.set_root(info_at_);
  return ok;
}

Status TableBuilder::begin_row(std::uint32_t id, std::uint32_t version) {
  TRY(begin());
  row_.assign(layout_.row_bytes(), '\0');
  TRY(set_integer(disk::kLtpRowIdTag, id));
  TRY(set_integer(disk::kLtpRowVerTag, version));
  return row_index_.add(as_bytes(encode(disk::TcRowId{id, n_rows_})));
}

Status TableBuilder::set_integer(std::uint32_t tag, std::uint32_t value) {
  const disk::TColDesc* column = layout_.find(tag);
  MK_CHECK(column != nullptr);
  return set(*column, as_bytes(le_bytes(value)).first(column->cbData));
}

Status TableBuilder::set(const disk::TColDesc& column, Bytes stored) {
  ByteString hnid;
  if (!holds_value(column.tag)) {
    TRY_ASSIGN(const std::uint32_t where, place(stored));
    append_le(hnid, where);
    stored = as_bytes(hnid);
  }
  MK_CHECK(stored.size() == column.cbData);
  std::copy(stored.begin(), stored.end(), std::as_writable_bytes(std::span(row_)).begin() + column.ibData);
  auto& bits = reinterpret_cast<unsigned char&>(row_[layout_.ends()[disk::kTci1b] + column.iBit / 8]);
  bits = static_cast<unsigned char>(bits | 0x80 >> column.iBit % 8);
  return ok;
}

Result<std::uint32_t> TableBuilder::place(Bytes stored) {
  if (stored.empty()) return std::uint32_t{0};
  if (stored.size() <= disk::kHeapMaxAllocation) {
    TRY_ASSIGN(const disk::Hid hid, heap_.allocate(stored));
    return hid.value;
  }
  TRY_ASSIGN(const DataRef data, write_data_tree(file_, stored));
  const Nid nid = ids_.next(NidType::kLtp);
  subnodes_.add(nid, data);
  return nid.value;
}

Status TableBuilder::end_row() {
  if (block_.size() + row_.size() > disk::kBlockMaxData / row_.size() * row_.size()) TRY(write_rows());
  block_ += row_;
  ++n_rows_;
  return ok;
}

/// Rows never cross a block; all blocks but the last are padded.
Status TableBuilder::write_rows() {
  block_.resize(disk::kBlockMaxData, '\0');
  rows_in_subnode_ = true;
  TRY(rows_.write(as_bytes(block_)));
  block_.clear();
  return ok;
}

Result<NodeRef> TableBuilder::finish() {
  TRY(begin());
  TRY(row_index_.finish());
  if (rows_in_subnode_ || block_.size() > disk::kHeapMaxAllocation) {
    TRY(rows_.write(as_bytes(block_)));
    TRY_ASSIGN(const DataRef rows, rows_.finish());
    const Nid nid = ids_.next(NidType::kLtp);
    subnodes_.add(nid, rows);
    info_.hnidRows = nid.value;
  } else if (!block_.empty()) {
    TRY_ASSIGN(const disk::Hid hid, heap_.allocate(as_bytes(block_)));
    info_.hnidRows = hid.value;
  }
  heap_.patch(info_at_, 0, as_bytes(encode(info_)));
  NodeRef node;
  TRY_ASSIGN(const DataRef heap, heap_.finish());
  node.data = heap.bid;
  TRY_ASSIGN(node.sub, subnodes_.write(file_));
  node.bytes = heap.bytes + subnodes_.bytes();
  return node;
}

}  // namespace mk::pst::write
