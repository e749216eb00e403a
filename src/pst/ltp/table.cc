#include "pst/ltp/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "pst/ltp/bth.h"

namespace mk::pst::ltp {
namespace {

std::size_t cell_bytes_of(model::PropTag tag) {
  const std::size_t n = tag.is_multiple() ? 0 : cell_bytes(tag.type());
  return n != 0 ? n : sizeof(std::uint32_t);  // an HNID
}

/// A value of eight bytes lies in its cell; smaller ones are read as property records are. The cell may be
/// wider than its type needs (check_column()).
Result<model::Value> read_cell(ValueReader& values, model::PropTag tag, Bytes cell) {
  const Bytes used = cell.first(cell_bytes_of(tag));
  if (used.size() == sizeof(std::uint64_t)) return model::Value::of_bytes(ByteString(as_chars(used)));
  std::uint32_t hnid = 0;
  std::memcpy(&hnid, used.data(), used.size());
  return values.read(tag, hnid);
}

}  // namespace

Result<Table> Table::open(std::shared_ptr<const ndb::Database> db, const ndb::Node& node,
                          ndb::Losses* losses) {
  TRY_ASSIGN(Heap heap, Heap::open(db, node.data, losses));
  if (heap.client() != disk::HeapClient::kTable)
    return Error{Code::kCorrupt, fmt::format("HNHDR.bClientSig {:#x}: the node is no table",
                                             static_cast<unsigned>(heap.client()))};
  TRY_ASSIGN(auto subnodes, ndb::Subnodes::read(*db, node.sub, losses));
  Table table(std::move(db), std::move(heap), std::move(subnodes), losses);
  TRY(table.read_header());
  return table;
}

Status Table::read_header() {
  TRY_ASSIGN(const Bytes there, heap_.get(heap_.user_root()));
  Reader r(there);
  r("TCINFO", info_);
  r.list("rgTCOLDESC", info_.cCols, columns_);
  if (!r.ok()) return r.error("TCINFO");
  if (info_.bType != disk::kTableSignature)
    return Error{Code::kCorrupt, fmt::format("TCINFO.bType {:#x}: it must be 0x7c", info_.bType)};
  const auto& rgib = info_.rgib;
  const std::size_t ceb_bytes = (std::size_t{info_.cCols} + 7) / 8;
  if (info_.cCols == 0 || !std::is_sorted(rgib.begin(), rgib.end()) ||
      rgib[disk::kTci1b] + ceb_bytes > rgib[disk::kTciBm] ||
      rgib[disk::kTciBm] > db_->layout().block_max_data)
    return Error{Code::kCorrupt, fmt::format("TCINFO.rgib {} {} {} {}: no row of {} columns", rgib[0],
                                             rgib[1], rgib[2], rgib[3], info_.cCols)};
  for (const auto& c : columns_) TRY(check_column(c));
  if (disk::Hid(info_.hnidRows).type() == 0) return ok;
  const ndb::Node* rows = subnodes_.find(Nid(info_.hnidRows));
  if (rows == nullptr)
    return Error{Code::kCorrupt,
                 fmt::format("TCINFO.hnidRows {:#x}: the node has no such subnode", info_.hnidRows)};
  TRY_ASSIGN(matrix_, ndb::DataTree::open(db_, rows->data));
  return ok;
}

Status Table::check_column(const disk::TColDesc& c) const {
  const std::size_t needed = cell_bytes_of(model::PropTag(c.tag));
  // A third-party writer gives PidTagRowid eight bytes; the value is at their front.
  if (c.cbData < needed || std::size_t{c.ibData} + c.cbData > info_.rgib[disk::kTci1b])
    return Error{Code::kCorrupt,
                 fmt::format("TCOLDESC {:#010x}: {} bytes at {} do not fit its type or the row", c.tag,
                             c.cbData, c.ibData)};
  if (c.iBit >= 8 * (info_.rgib[disk::kTciBm] - info_.rgib[disk::kTci1b]))
    return Error{Code::kCorrupt,
                 fmt::format("TCOLDESC {:#010x}: iBit {} lies outside of the row", c.tag, c.iBit)};
  return ok;
}

Result<std::vector<disk::TcRowId>> Table::rows() {
  std::vector<disk::TcRowId> out;
  const disk::Layout& layout = db_->layout();
  const BthShape shape{sizeof(disk::TcRowId::dwRowID),
                       static_cast<std::uint8_t>(layout.row_id - sizeof(disk::TcRowId::dwRowID))};
  TRY(visit_bth(
      heap_, disk::Hid(info_.hidRowIndex), shape,
      [&](Bytes record) -> Status {
        TRY_ASSIGN(const auto id, disk::decode_as<disk::TcRowId>(layout.form, record));
        out.push_back(id);
        return ok;
      },
      losses_));
  std::sort(out.begin(), out.end(), [](const disk::TcRowId& x, const disk::TcRowId& y) {
    return std::pair(x.dwRowIndex, x.dwRowID) < std::pair(y.dwRowIndex, y.dwRowID);
  });
  return out;
}

Result<ByteString> Table::row_of_block(std::uint32_t index) {
  const std::size_t row = info_.rgib[disk::kTciBm],
                    per_block = db_->layout().block_max_data / row;  // no row crosses a block
  const std::size_t at = index / per_block;
  if (at >= matrix_->n_leaves())
    return Error{Code::kCorrupt, fmt::format("TCROWID.dwRowIndex {}: the table has fewer rows", index)};
  if (at != block_index_) {
    TRY_ASSIGN(block_, matrix_->leaf(at));
    block_index_ = at;
  }
  const std::size_t begin = index % per_block * row;
  if (begin + row > block_.size())
    return Error{Code::kCorrupt, fmt::format("TCROWID.dwRowIndex {}: the table has fewer rows", index)};
  return ByteString(as_chars(block_.bytes().subspan(begin, row)));
}

Result<ByteString> Table::row_bytes(std::uint32_t index) {
  if (matrix_) return row_of_block(index);
  const std::size_t row = info_.rgib[disk::kTciBm];
  TRY_ASSIGN(const Bytes all, heap_.get(disk::Hid(info_.hnidRows)));
  if (index >= all.size() / row)
    return Error{Code::kCorrupt, fmt::format("TCROWID.dwRowIndex {}: the table has fewer rows", index)};
  return ByteString(as_chars(all.subspan(index * row, row)));
}

Result<model::PropertyList> Table::row(std::uint32_t index, Budget& budget) {
  TRY_ASSIGN(const ByteString bytes, row_bytes(index));
  const Bytes row = as_bytes(bytes);
  const Bytes exists = row.subspan(info_.rgib[disk::kTci1b]);
  ValueReader values(db_, heap_, subnodes_, budget, losses_);
  model::PropertyList out;
  for (const auto& c : columns_) {
    const bool is_set = (std::to_integer<unsigned>(exists[c.iBit / 8]) & (0x80u >> c.iBit % 8)) != 0;
    if (!is_set || c.tag == disk::kLtpRowIdTag || c.tag == disk::kLtpRowVerTag) continue;
    const model::PropTag tag(c.tag);
    TRY(budget.charge(sizeof(model::Property)));
    auto value = read_cell(values, tag, row.subspan(c.ibData, c.cbData));
    if (value)
      out.add({tag, {}, *std::move(value), false});
    else
      TRY(ndb::tolerate(losses_, std::move(value).error(),
                        fmt::format("column {:#010x} of row {}", c.tag, index)));
  }
  return out;
}

}  // namespace mk::pst::ltp
