#include "pst/inspect/heap_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/item_dump.h"
#include "model/tags.h"
#include "pst/disk/table.h"
#include "pst/inspect/field_printer.h"
#include "pst/ltp/bth.h"
#include "pst/ltp/table.h"

namespace mk::pst::inspect {
namespace {

using Db = std::shared_ptr<const ndb::Database>;
constexpr std::size_t kMaxValueBytes = 64 * 1024, kMaxShownRows = 100;
constexpr ltp::BthShape kPcShape{2, 6};

/// HNHDR, HNPAGEHDR or HNBITMAPHDR and the page map of one block.
Status print_heap_block(Bytes block, std::size_t index, std::string& out) {
  constexpr auto kForm = disk::Form::kUnicode;  // heaps are the same in all forms
  std::uint16_t map_at = 0;
  if (index == 0) {
    TRY_ASSIGN(const auto h, print_fields<disk::HnHdr>(kForm, block, out, 2));
    map_at = h.ibHnpm;
  } else if (index % 128 == 8) {
    TRY_ASSIGN(const auto h, print_fields<disk::HnBitmapHdr>(kForm, block, out, 2));
    map_at = h.ibHnpm;
  } else {
    TRY_ASSIGN(const auto h, print_fields<disk::HnPageHdr>(kForm, block, out, 2));
    map_at = h.ibHnpm;
  }
  if (map_at > block.size()) return Error{Code::kCorrupt, "ibHnpm lies outside of the block"};
  TRY_ASSIGN(const auto map, print_fields<disk::HnPageMap>(kForm, block.subspan(map_at), out, 2));
  Reader r(block.subspan(map_at + wire_size<disk::HnPageMap>()));
  std::vector<std::uint16_t> at;
  r.list("rgibAlloc", std::size_t{map.cAlloc} + 1, at);
  if (!r.ok()) return r.error("HNPAGEMAP");
  for (std::size_t i = 0; i + 1 < at.size() && i < kMaxEntries; ++i)
    out += fmt::format("    rgibAlloc[{}] {:#x}, {} bytes\n", i, at[i], int{at[i + 1]} - int{at[i]});
  if (at.size() > kMaxEntries + 1) out += fmt::format("    and {} more\n", at.size() - 1 - kMaxEntries);
  return ok;
}

void print_blocks(const Db& db, const ndb::Node& node, std::string& out) {
  auto tree = ndb::DataTree::open(db, node.data);
  if (!tree) return add_damage(out, tree.error(), 2);
  for (std::size_t i = 0; i < tree->n_leaves() && i < kMaxShownRows; ++i) {
    out += fmt::format("heap block {}\n", i);
    auto block = tree->leaf(i);
    const Status shown = block ? print_heap_block(block->bytes(), i, out) : Status(block.error());
    if (!shown) add_damage(out, shown.error(), 2);
  }
  if (tree->n_leaves() > kMaxShownRows)
    out += fmt::format("and {} more heap blocks\n", tree->n_leaves() - kMaxShownRows);
}

std::string tag_text(std::uint32_t value) {
  const model::PropTag tag(value);
  const std::string_view name = model::tag_name(tag.id());
  return fmt::format("{:#010x} {} {}", value, name.empty() ? "-" : name, model::type_name(tag));
}

/// Where the value of a record or of a cell with an HNID is.
std::string place_of(model::PropTag tag, std::uint32_t hnid) {
  const std::size_t inline_bytes = tag.is_multiple() ? 0 : ltp::cell_bytes(tag.type());
  if (inline_bytes > 0 && inline_bytes <= 4) return fmt::format("inline {:#x}", hnid);
  if (hnid == 0) return "no value";
  return fmt::format("{} {:#x}", disk::Hid(hnid).type() == 0 ? "HID" : "subnode", hnid);
}

std::string short_value(ltp::ValueReader& values, model::PropTag tag, std::uint32_t hnid) {
  auto value = values.read(tag, hnid);
  if (!value) return "damage: " + printable(value.error().what);
  model::PropertyList list;
  list.add({tag, {}, *std::move(value), false});
  std::string text;
  StringSink sink(text);
  if (const Status s = model::dump_text(list, sink); !s) return "damage: " + printable(s.error().what);
  const std::size_t type_end = text.find(model::type_name(tag));
  if (type_end != std::string::npos) text.erase(0, type_end + model::type_name(tag).size());
  while (text.ends_with('\n')) text.pop_back();
  constexpr std::size_t kShort = 200;
  if (text.size() > kShort) text.resize(kShort), text += "...";
  return printable(text);
}

Status print_bth_header(ltp::Heap& heap, disk::Hid at, std::string& out) {
  TRY_ASSIGN(const Bytes bytes, heap.get(at));
  TRY(print_fields<disk::BthHeader>(disk::Form::kUnicode, bytes, out, 2));
  return ok;
}

Status print_property_context(const Db& db, const ndb::Node& node, ltp::Heap& heap, std::string& out) {
  out += "property context\n";
  TRY(print_bth_header(heap, heap.user_root(), out));
  auto subnodes = ndb::Subnodes::read(*db, node.sub);
  if (!subnodes) add_damage(out, subnodes.error(), 2);
  const ndb::Subnodes none = *ndb::Subnodes::read(*db, Bid());
  ltp::Budget budget;
  ltp::ValueReader values(db, heap, subnodes ? *subnodes : none, budget);
  std::size_t n = 0;
  return ltp::visit_bth(heap, heap.user_root(), kPcShape, [&](Bytes bytes) -> Status {
    TRY_ASSIGN(const auto r, decode<disk::PcRecord>(bytes));
    const model::PropTag tag(std::uint32_t{r.wPropId} << 16 | r.wPropType);
    if (++n <= kMaxEntries)
      out += fmt::format("  {}, {}:{}{}\n", tag_text(tag.value), place_of(tag, r.dwValueHnid), " ",
                         short_value(values, tag, r.dwValueHnid));
    return ok;
  });
}

Status print_rows(const Db& db, const ndb::Node& node, std::string& out) {
  TRY_ASSIGN(auto table, ltp::Table::open(db, node));
  TRY_ASSIGN(const auto rows, table.rows());
  for (std::size_t i = 0; i < rows.size() && i < kMaxShownRows; ++i) {
    out += fmt::format("  TCROWID {}\n", fields_on_a_line(db->layout().form, rows[i]));
    ltp::Budget budget;
    const auto row = table.row(rows[i].dwRowIndex, budget);
    std::string text;
    StringSink sink(text);
    const Status shown = row ? model::dump_text(*row, sink, 4) : Status(row.error());
    out += text;
    if (!shown) add_damage(out, shown.error(), 4);
  }
  if (rows.size() > kMaxShownRows) out += fmt::format("  and {} more rows\n", rows.size() - kMaxShownRows);
  return ok;
}

Status print_table(const Db& db, const ndb::Node& node, ltp::Heap& heap, std::string& out) {
  out += "table context\n";
  TRY_ASSIGN(const Bytes there, heap.get(heap.user_root()));
  const ByteString header(as_chars(there));
  TRY_ASSIGN(const auto info, print_fields<disk::TcInfo>(disk::Form::kUnicode, as_bytes(header), out, 2));
  for (std::size_t i = 0; i < info.cCols; ++i) {
    const Bytes rest = as_bytes(header).subspan(wire_size<disk::TcInfo>());
    const std::size_t at = i * wire_size<disk::TColDesc>();
    TRY_ASSIGN(const auto c, decode<disk::TColDesc>(rest.subspan(std::min(at, rest.size()))));
    out += fmt::format("  TCOLDESC {} ({})\n", fields_on_a_line(disk::Form::kUnicode, c), tag_text(c.tag));
  }
  if (Status s = print_bth_header(heap, disk::Hid(info.hidRowIndex), out); !s) add_damage(out, s.error(), 2);
  return print_rows(db, node, out);
}

/// The bytes of a value, and that not all are shown.
Status print_value(const model::Value& value, std::string& out) {
  for (const auto& e : value.is_multiple() ? value.elements() : std::vector<ByteString>()) {
    print_hex(as_bytes(e).first(std::min(e.size(), kMaxValueBytes)), out, 2);
    out += "\n";
  }
  TRY_ASSIGN(auto in, value.open());
  std::vector<std::byte> front(
      static_cast<std::size_t>(std::min<std::uint64_t>(kMaxValueBytes, value.size())));
  TRY_ASSIGN(const std::size_t n, read_full(*in, front));
  print_hex(Bytes(front).first(n), out, 2);
  if (value.size() > n && !value.is_multiple()) out += fmt::format("  and {} more bytes\n", value.size() - n);
  return ok;
}

}  // namespace

void add_damage(std::string& out, const Error& error, int indent) {
  out += fmt::format("{:{}}damage: {}\n", "", indent, printable(error.what));
}

void print_heap(const Db& db, const ndb::Node& node, std::string& out) {
  auto heap = ltp::Heap::open(db, node.data);
  if (!heap) return;  // data of another kind
  print_blocks(db, node, out);
  Status shown = ok;
  if (heap->client() == disk::HeapClient::kPropertyContext)
    shown = print_property_context(db, node, *heap, out);
  else if (heap->client() == disk::HeapClient::kTable)
    shown = print_table(db, node, *heap, out);
  if (!shown) add_damage(out, shown.error(), 2);
}

Status print_property(const Db& db, const ndb::Node& node, std::uint16_t id, bool hex, std::string& out) {
  TRY_ASSIGN(ltp::Heap heap, ltp::Heap::open(db, node.data));
  if (heap.client() != disk::HeapClient::kPropertyContext)
    return Error{Code::kNotFound, "the node is no property context; see --node"};
  std::optional<disk::PcRecord> found;
  const Status walked = ltp::visit_bth(heap, heap.user_root(), kPcShape, [&](Bytes bytes) -> Status {
    TRY_ASSIGN(const auto r, decode<disk::PcRecord>(bytes));
    if (r.wPropId == id) found = r;
    return ok;
  });
  if (!found && !walked) return walked;
  if (!found) return Error{Code::kNotFound, fmt::format("the node has no property {:#06x}", id)};
  const model::PropTag tag(std::uint32_t{found->wPropId} << 16 | found->wPropType);
  out += fmt::format("{}\n", tag_text(tag.value));
  TRY(print_fields<disk::PcRecord>(disk::Form::kUnicode, as_bytes(encode(*found)), out, 2));
  out += fmt::format("  {}\n", place_of(tag, found->dwValueHnid));
  TRY_ASSIGN(const auto subnodes, ndb::Subnodes::read(*db, node.sub));
  ltp::Budget budget;
  auto value = ltp::ValueReader(db, heap, subnodes, budget).read(tag, found->dwValueHnid);
  if (!value) return add_damage(out, value.error(), 2), ok;
  out += fmt::format("  {} bytes\n", value->size());
  if (hex) return print_value(*value, out);
  model::PropertyList list;
  list.add({tag, {}, *std::move(value), false});
  StringSink sink(out);
  return model::dump_text(list, sink, 2);
}

}  // namespace mk::pst::inspect
