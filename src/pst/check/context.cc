#include "pst/check/context.h"

namespace mk::pst::check {
namespace {

constexpr std::uint16_t kMultiple = 0x1000, kObject = 0x0D, kText8 = 0x1E, kText = 0x1F, kBinary = 0x102,
                        kBoolean = 0x0B;
constexpr std::uint64_t kMaxArray = std::uint64_t{4} << 20;

bool is_variable(std::uint16_t type) {
  const auto t = static_cast<std::uint16_t>(type & ~kMultiple);
  return t == kText8 || t == kText || t == kBinary || t == kObject || t == 0xFB || t == 0xFD || t == 0xFE;
}

}  // namespace

std::size_t stored_size(std::uint16_t type) {
  switch (type) {
    case kBoolean:
      return 1;
    case 0x02:
      return 2;
    case 0x03:
    case 0x04:
    case 0x0A:
      return 4;
    case 0x05:
    case 0x06:
    case 0x07:
    case 0x14:
    case 0x40:
      return 8;
    case 0x48:
      return 16;
    default:
      return 0;
  }
}

Value Context::value(std::uint16_t type, std::uint32_t hnid, const Where& where) {
  Value v;
  v.type = type;
  const std::size_t fixed = stored_size(type);
  const auto element = static_cast<std::uint16_t>(type & ~kMultiple);
  out_->expect(stored_size(element) != 0 || is_variable(type), "value.type", where, "a type that is stored",
               type);
  if (hnid == 0) {
    out_->expect(fixed == 0, "value.fixed-size", where, "a HID", "0");
  } else if (disk::Hid(hnid).type() == 0) {
    const auto piece = heap_.get(disk::Hid(hnid));
    out_->expect(piece.has_value(), "value.hid", where, "an allocation of the heap", hnid);
    if (piece) v.bytes = as_chars(piece->bytes);
    v.size = v.bytes.size();
    if (piece) out_->expect(v.size > 0, "value.empty", where, "HNID 0", hnid);
  } else {
    const NodeRef* node = subnodes_.find(Nid(hnid));
    out_->expect(node != nullptr, "value.subnode", where, "a subnode", hnid);
    out_->expect(Nid(hnid).type() == NidType::kLtp, "value.subnode-type", where, "a NID of type 0x1f", hnid);
    if (node != nullptr) v.data = node->data;
    if (node != nullptr) v.size = Data::open(*blocks_, node->data).size();
    if (node != nullptr) out_->expect(v.size > 0, "value.empty", where, "HNID 0", hnid);
  }
  if (fixed != 0 && v.size != 0) out_->equal("value.fixed-size", where, v.size, fixed);
  if (v.size == 0) return v;
  if ((type & kMultiple) != 0)
    check_array(v, where);
  else if (type == kText || type == kText8)
    check_text(v, where);
  else if (type == kObject)
    check_object(v, where);
  return v;
}

void Context::check_text(const Value& v, const Where& where) {
  const std::size_t unit = v.type == kText ? 2 : 1;
  out_->expect(v.size % unit == 0, "value.text-odd", where, "whole UTF-16 units", v.size);
  ByteString last = v.bytes;
  if (!v.data.is_null()) {
    Data data = Data::open(*blocks_, v.data);
    const BlockPtr block = data.n_blocks() > 0 ? data.block(data.n_blocks() - 1) : nullptr;
    if (block) last = *block;
  }
  const bool ends = last.size() >= unit && last.substr(last.size() - unit) == ByteString(unit, '\0');
  out_->expect(!ends, "value.text-nul", where, "no NUL at the end", "NUL");
}

void Context::check_object(Value& v, const Where& where) {
  const auto object = decode<disk::ObjectValue>(as_bytes(v.bytes));
  const bool fits = object && v.bytes.size() == wire_size<disk::ObjectValue>() &&
                    subnodes_.find(Nid(object->Nid)) != nullptr;
  out_->expect(fits, "value.object", where, "8 bytes that name a subnode", shown(as_bytes(v.bytes)).c_str());
  if (fits) v.object = *object;
}

void Context::check_array(const Value& v, const Where& where) {
  const auto element = static_cast<std::uint16_t>(v.type & ~kMultiple);
  const std::size_t fixed = element == kBoolean ? 2 : stored_size(element);
  if (fixed != 0) {
    out_->expect(v.size % fixed == 0, "value.array", where, "whole elements", v.size);
    return;
  }
  if (v.size > kMaxArray) return;
  const ByteString bytes = v.data.is_null() ? v.bytes : Data::open(*blocks_, v.data).front(kMaxArray);
  const auto u32 = [&](std::size_t at) { return load_le<std::uint32_t>(bytes.data() + at); };
  const std::uint64_t n = bytes.size() < 4 ? 0 : u32(0);
  bool fits = bytes.size() >= 4 && n <= (bytes.size() - 4) / 4;
  if (fits && n > 0) fits = u32(4) == 4 + 4 * n;
  bool even = true;
  for (std::uint64_t i = 0; fits && i < n; ++i) {
    const std::uint64_t from = u32(4 + 4 * i), to = i + 1 < n ? u32(8 + 4 * i) : bytes.size();
    fits = from <= to && to <= bytes.size();
    even = even && (to - from) % 2 == 0;
  }
  out_->expect(fits, "value.array", where, "ascending offsets within the value",
               shown(as_bytes(bytes)).c_str());
  out_->expect(even || element != kText || !fits, "value.text-odd", where, "whole UTF-16 units",
               "an odd element");
}

bool same_value(Blocks& blocks, const Value& a, const Value& b) {
  if (a.size != b.size) return false;
  if (a.data.is_null() && b.data.is_null()) return a.bytes == b.bytes;
  if (a.data.key() == b.data.key()) return true;
  const auto all = [&](const Value& v) {
    return v.data.is_null() ? v.bytes : Data::open(blocks, v.data).front(kMaxArray);
  };
  return all(a) == all(b);
}

Result<std::optional<Properties>> Properties::read(Blocks& blocks, Bid data, Bid sub, Findings& out,
                                                   const Where& where) {
  auto heap = Heap::open(blocks, data, disk::HeapClient::kPropertyContext, out, where);
  if (!heap) return std::optional<Properties>();
  Properties pc(blocks, *std::move(heap), Subnodes::read(blocks, sub), out);
  constexpr std::size_t kMost = 0x10000;  // ids have 16 bits
  const auto take = [&](Bytes record) -> Status {
    TRY_ASSIGN(const auto r, decode<disk::PcRecord>(record));
    if (pc.values_.size() == kMost) return ok;
    const Where property{&where, "property", r.wPropId, ""};
    const std::size_t fixed = stored_size(r.wPropType);
    if (fixed == 0 || fixed > 4) {
      pc.values_.emplace_back(r.wPropId, pc.value(r.wPropType, r.dwValueHnid, property));
      return ok;
    }
    if (r.wPropType == kBoolean)
      out.expect(r.dwValueHnid <= 1, "value.boolean", property, "0 or 1", r.dwValueHnid);
    Value v;
    v.type = r.wPropType;
    v.bytes = le_bytes(r.dwValueHnid).substr(0, fixed);
    v.size = fixed;
    pc.values_.emplace_back(r.wPropId, std::move(v));
    return ok;
  };
  TRY(visit_bth(pc.heap_, pc.heap_.root(), 2, 6, out, where, take));
  std::stable_sort(pc.values_.begin(), pc.values_.end(), [](auto& a, auto& b) { return a.first < b.first; });
  return std::optional<Properties>(std::move(pc));
}

const Value* Properties::find(std::uint16_t id) const {
  const auto it =
      std::lower_bound(values_.begin(), values_.end(), id, [](auto& v, auto i) { return v.first < i; });
  return it != values_.end() && it->first == id ? &it->second : nullptr;
}

const Value* Properties::find(std::uint16_t id, std::uint16_t type) const {
  const Value* v = find(id);
  return v != nullptr && v->type == type ? v : nullptr;
}

std::uint32_t Properties::integer(std::uint16_t id, std::uint32_t otherwise) const {
  const Value* v = find(id);
  if (v == nullptr || v->bytes.empty() || v->bytes.size() > 4) return otherwise;
  std::uint32_t out = 0;
  std::memcpy(&out, v->bytes.data(), v->bytes.size());
  return out;
}

std::optional<Table> Table::open(Blocks& blocks, Bid data, Bid sub, Findings& out, const Where& where) {
  auto heap = Heap::open(blocks, data, disk::HeapClient::kTable, out, where);
  if (!heap) return {};
  Table t(blocks, *std::move(heap), Subnodes::read(blocks, sub), out);
  if (!t.read_columns(where)) return {};
  t.check_layout(where);
  t.open_rows(where);
  return t;
}

bool Table::read_columns(const Where& where) {
  const auto piece = heap_.get(heap_.root());
  if (!piece) return false;
  Reader r(piece->bytes);
  r("TCINFO", info_);
  r.list("rgTCOLDESC", info_.cCols, columns_);
  out_->equal("tc.type", where, info_.bType, disk::kTableSignature);
  const std::size_t wanted = wire_size<disk::TcInfo>() + info_.cCols * wire_size<disk::TColDesc>();
  out_->equal("tc.info-size", where, piece->bytes.size(), wanted);
  const auto& e = info_.rgib;
  const std::size_t bits = (std::size_t{info_.cCols} + 7) / 8;
  const bool usable =
      r.ok() && e[3] > 0 && e[2] + bits <= e[3] && e[3] <= heap_.medium().layout.block_max_data;
  if (r.ok())
    out_->expect(e[3] - e[2] == static_cast<int>(bits), "tc.existence-size", where,
                 "TCI_1b and a bit a column", e[3]);
  return usable;
}

void Table::check_layout(const Where& where) {
  std::vector<bool> bits(columns_.size()), taken(info_.rgib[2]);
  std::uint32_t last = 0;
  for (const auto& c : columns_) {
    const Where column{&where, "column", c.tag, ""};
    out_->expect(c.tag > last, "tc.column-order", column, "above the tag before it", c.tag);
    last = c.tag;
    const bool fresh = c.iBit < bits.size() && !bits[c.iBit];
    out_->expect(fresh, "tc.bit", column, "a bit of its own", c.iBit);
    if (fresh) bits[c.iBit] = true;
    bool overlaps = false;
    for (std::size_t i = c.ibData; i < std::min<std::size_t>(c.ibData + c.cbData, taken.size()); ++i) {
      overlaps = overlaps || taken[i];
      taken[i] = true;
    }
    out_->expect(!overlaps, "tc.cell-overlap", column, "bytes of its own", c.ibData);
    check_column(c, column);
  }
  check_regions(where);
  out_->equal("tc.index-hid", where, info_.hidIndex, 0);
  for (const auto [wanted, at, bit] :
       {std::array{disk::kLtpRowIdTag, 0u, 0u}, {disk::kLtpRowVerTag, 4u, 1u}}) {
    const auto it =
        std::find_if(columns_.begin(), columns_.end(), [tag = wanted](auto& c) { return c.tag == tag; });
    const bool fits = it != columns_.end() && it->ibData == at && it->iBit == bit;
    out_->expect(fits, "tc.row-id-column", where, "row id at 0 with bit 0, version at 4 with bit 1", wanted);
  }
}

/// Cells of 4 and 8 bytes come first, then those of 2, then those of 1, each in the order of their bits.
void Table::check_regions(const Where& where) {
  const auto region_of = [](const disk::TColDesc& c) { return c.cbData >= 4 ? 0u : c.cbData == 2 ? 1u : 2u; };
  std::array<std::size_t, 3> at{}, sums{};
  for (const auto& c : columns_) sums[region_of(c)] += c.cbData;
  std::size_t end = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    at[i] = end;
    out_->equal("tc.regions", {&where, "rgib", i, ""}, info_.rgib[i], end += sums[i]);
  }
  auto by_bit = columns_;
  std::stable_sort(by_bit.begin(), by_bit.end(), [](auto& a, auto& b) { return a.iBit < b.iBit; });
  for (const auto& c : by_bit) {
    out_->equal("tc.cell-order", {&where, "column", c.tag, ""}, c.ibData, at[region_of(c)]);
    at[region_of(c)] += c.cbData;
  }
}

void Table::check_column(const disk::TColDesc& c, const Where& where) {
  const auto type = static_cast<std::uint16_t>(c.tag);
  const std::size_t fixed = stored_size(type), wanted = fixed == 0 || fixed > 8 ? 4 : fixed;
  out_->expect(fixed != 0 || is_variable(type) || (type & kMultiple) != 0, "value.type", where,
               "a type that is stored", type);
  out_->equal("tc.cell-size", where, c.cbData, wanted);
  const std::size_t region = wanted >= 4 ? 0 : wanted == 2 ? 1 : 2;
  const std::size_t from = region == 0 ? 0 : info_.rgib[region - 1];
  out_->expect(c.ibData >= from && std::size_t{c.ibData} + c.cbData <= info_.rgib[region], "tc.cell-place",
               where, "within the region of its size", c.ibData);
}

void Table::open_rows(const Where& where) {
  const std::size_t row = info_.rgib[3];
  if (info_.hnidRows == 0) return;
  if (disk::Hid(info_.hnidRows).type() == 0) {
    const auto piece = heap_.get(disk::Hid(info_.hnidRows));
    out_->expect(piece.has_value(), "tc.rows", where, "an allocation", info_.hnidRows);
    if (!piece) return;
    out_->expect(piece->bytes.size() % row == 0, "tc.matrix-block", where, "whole rows", piece->bytes.size());
    n_rows_ = piece->bytes.size() / row;
    return;
  }
  const NodeRef* node = subnodes_.find(Nid(info_.hnidRows));
  out_->expect(node != nullptr, "tc.rows", where, "a subnode", info_.hnidRows);
  if (node == nullptr) return;
  matrix_ = Data::open(*blocks_, node->data);
  const std::size_t most = heap_.medium().layout.block_max_data, per_block = most / row,
                    n = matrix_->n_blocks();
  if (n == 0) return;
  for (std::size_t i = 0; i + 1 < n; ++i)
    out_->equal("tc.matrix-block", {&where, "row block", i, ""}, matrix_->block_size(i), most);
  const std::size_t last = matrix_->block_size(n - 1);
  const bool whole = last % row == 0 || last == most;
  out_->expect(whole, "tc.matrix-block", {&where, "row block", n - 1, ""}, "whole rows", last);
  n_rows_ = (n - 1) * per_block + std::min(per_block, last / row);
}

std::optional<ByteString> Table::row(std::uint32_t index) {
  const std::size_t row = info_.rgib[3];
  if (index >= n_rows_) return {};
  BlockPtr hold;
  Bytes from;
  if (matrix_) {
    const std::size_t per_block = heap_.medium().layout.block_max_data / row;
    hold = matrix_->block(index / per_block);
    if (hold) from = as_bytes(*hold);
    index = static_cast<std::uint32_t>(index % per_block);
  } else if (auto piece = heap_.get(disk::Hid(info_.hnidRows))) {
    hold = piece->hold;
    from = piece->bytes;
  }
  if ((index + 1) * row > from.size()) return {};
  return ByteString(as_chars(from.subspan(index * row, row)));
}

Status Table::visit(const Row& visit, const Where& where) {
  std::uint64_t n = 0;
  const auto take = [&](Bytes record) -> Status {
    ++n;
    TRY_ASSIGN(const auto id, disk::decode_as<disk::TcRowId>(heap_.medium().layout.form, record));
    const Where here{&where, "row", id.dwRowID, ""};
    constexpr std::uint64_t kUnits = 64;
    blocks_->spend(kUnits * (columns_.size() + 1));
    const auto bytes = row(id.dwRowIndex);
    out_->expect(bytes.has_value(), "tc.row-range", here, "a row of the table", id.dwRowIndex);
    if (!bytes) return ok;
    out_->equal("tc.row-key", here, load_le<std::uint32_t>(bytes->data()), id.dwRowID);
    const auto bits = static_cast<unsigned char>((*bytes)[info_.rgib[2]]);
    out_->expect((bits & 0xC0) == 0xC0, "tc.row-bits", here, "bits 0 and 1 set", bits);
    return visit(id.dwRowID, as_bytes(*bytes), here);
  };
  const auto entry = static_cast<std::uint8_t>(heap_.medium().layout.row_id - 4);
  TRY(visit_bth(heap_, disk::Hid(info_.hidRowIndex), 4, entry, *out_, {&where, "", 0, "row index"}, take));
  if (!blocks_->exhausted()) out_->equal("tc.row-count", where, n, n_rows_);
  return ok;
}

bool Table::is_set(const disk::TColDesc& c, Bytes row) const {
  const std::size_t at = info_.rgib[2] + std::size_t{c.iBit} / 8;
  return at < row.size() && std::size_t{c.ibData} + c.cbData <= row.size() &&
         (std::to_integer<unsigned>(row[at]) & 0x80u >> c.iBit % 8) != 0;
}

Value Table::cell(const disk::TColDesc& c, Bytes row, const Where& where) {
  const auto type = static_cast<std::uint16_t>(c.tag);
  const std::size_t fixed = stored_size(type), bytes = fixed == 0 || fixed > 8 ? 4 : fixed;
  Value v;
  v.type = type;
  if (c.ibData + bytes > row.size()) return v;
  const Bytes cell = row.subspan(c.ibData, bytes);
  if (bytes != fixed) return value(type, load_le<std::uint32_t>(cell.data()), where);
  v.bytes = as_chars(cell);
  v.size = fixed;
  if (type == kBoolean)
    out_->expect(v.bytes[0] == 0 || v.bytes[0] == 1, "value.boolean", where, "0 or 1",
                 static_cast<unsigned char>(v.bytes[0]));
  return v;
}

const disk::TColDesc* Table::column(std::uint32_t tag) const {
  const auto it = std::find_if(columns_.begin(), columns_.end(), [tag](auto& c) { return c.tag == tag; });
  return it != columns_.end() ? &*it : nullptr;
}

std::optional<std::uint32_t> Table::integer(std::uint32_t tag, Bytes row) const {
  const disk::TColDesc* c = column(tag);
  if (c == nullptr || !is_set(*c, row) || c->cbData != 4) return {};
  return load_le<std::uint32_t>(row.data() + c->ibData);
}

}  // namespace mk::pst::check
