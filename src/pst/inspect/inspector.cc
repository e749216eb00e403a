#include "pst/inspect/inspector.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "pst/inspect/field_printer.h"
#include "pst/inspect/heap_view.h"
#include "pst/ndb/subnodes.h"

namespace mk::pst {

using namespace inspect;

namespace {

Status write_text(const std::string& text, ByteSink& out) { return out.write(as_bytes(text)); }

const char* page_name(disk::PageType type) {
  switch (type) {
    case disk::PageType::kBBT:
      return "ptypeBBT";
    case disk::PageType::kNBT:
      return "ptypeNBT";
    case disk::PageType::kFMap:
      return "ptypeFMap";
    case disk::PageType::kPMap:
      return "ptypePMap";
    case disk::PageType::kAMap:
      return "ptypeAMap";
    case disk::PageType::kFPMap:
      return "ptypeFPMap";
    case disk::PageType::kDList:
      return "ptypeDL";
  }
  return "no page of the specification";
}

template <Wire T>
void print_entries(disk::Form form, Bytes entries, std::size_t n, std::size_t stride, std::string& out) {
  for (std::size_t i = 0; i < n && i < kMaxEntries; ++i) {
    const std::size_t at = std::min(i * stride, entries.size());
    const auto entry = disk::decode_as<T>(form, entries.subspan(at));
    if (!entry) return add_damage(out, entry.error(), 2);
    out += fmt::format("  {}[{}] {}\n", T::kName, i, fields_on_a_line(form, *entry));
  }
  if (n > kMaxEntries) out += fmt::format("  and {} more\n", n - kMaxEntries);
}

}  // namespace

struct Inspector::Impl {
  std::shared_ptr<const ndb::Storage> storage;
  std::shared_ptr<const ndb::Database> db;
  Options options;
  disk::Form form = disk::Form::kUnicode;
  std::optional<Error> header_damage;

  static std::unique_ptr<Impl> make(std::shared_ptr<const ndb::Storage> storage, Options options);
  Result<ByteString> bytes_at(std::uint64_t offset, std::size_t n) const;
  void print_bt_page(Bytes page, std::string& out) const;
  void print_internal_block(Bytes block, std::string& out) const;
  Status print_block(Bid bid, std::string& out) const;
  Result<ndb::Node> find(const std::vector<Nid>& path) const;
  void print_subnodes(const ndb::Node& node, std::string& out) const;
  const disk::Layout& layout() const { return disk::layout_of(form); }
};

Inspector::Inspector(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Inspector::~Inspector() = default;

Result<std::unique_ptr<Inspector>> Inspector::open(const std::filesystem::path& path, Options options) {
  TRY_ASSIGN(auto storage, ndb::open_file_storage(path));
  return std::unique_ptr<Inspector>(new Inspector(Impl::make(std::move(storage), options)));
}

Result<std::unique_ptr<Inspector>> Inspector::open_bytes(ByteString file, Options options) {
  return std::unique_ptr<Inspector>(
      new Inspector(Impl::make(ndb::make_memory_storage(std::move(file)), options)));
}

/// With a damaged header the fields are read as far as they go, so that a BREF in it may still lead
/// somewhere.
std::unique_ptr<Inspector::Impl> Inspector::Impl::make(std::shared_ptr<const ndb::Storage> storage,
                                                       Options options) {
  auto impl = std::make_unique<Impl>();
  impl->storage = std::move(storage);
  impl->options = options;
  auto header = ndb::read_header(*impl->storage, {true});
  if (!header) {
    impl->header_damage = std::move(header).error();
    header = ndb::read_header(*impl->storage, {false});
  }
  ndb::FileHeader known;
  if (header) {
    known = *header;
  } else if (const auto bytes = impl->bytes_at(0, wire_size<disk::Header>())) {
    Reader r(as_bytes(*bytes));
    disk::read_as(known.form, r, known.fields);
  }
  impl->form = known.form;
  impl->db = ndb::Database::make(impl->storage, known, {true}, {});
  return impl;
}

/// Fewer at the end of the file.
Result<ByteString> Inspector::Impl::bytes_at(std::uint64_t offset, std::size_t n) const {
  if (offset >= storage->size())
    return Error{Code::kNotFound,
                 fmt::format("offset {:#x} lies beyond the file's {} bytes", offset, storage->size())};
  ByteString out(static_cast<std::size_t>(std::min<std::uint64_t>(n, storage->size() - offset)), '\0');
  TRY(storage->read_at(offset, std::as_writable_bytes(std::span(out))));
  return out;
}

Status Inspector::header(ByteSink& out) const {
  TRY_ASSIGN(const ByteString bytes, impl_->bytes_at(0, wire_size<disk::Header>()));
  std::string text;
  const auto shown = print_fields<disk::Header>(impl_->form, as_bytes(bytes), text, 0);
  if (!shown) add_damage(text, shown.error(), 0);
  if (impl_->header_damage) add_damage(text, *impl_->header_damage, 0);
  if (impl_->options.hex) print_hex(as_bytes(bytes), text, 0);
  return write_text(text, out);
}

void Inspector::Impl::print_bt_page(Bytes page, std::string& out) const {
  const auto tail = print_fields<disk::BtPageTail>(form, page.subspan(layout().bt_entries_bytes), out, 0);
  if (!tail) return add_damage(out, tail.error(), 0);
  const Bytes entries = page.first(layout().bt_entries_bytes);
  if (tail->cLevel > 0)
    print_entries<disk::BtEntry>(form, entries, tail->cEnt, tail->cbEnt, out);
  else if (tail->pageTrailer.ptype == disk::PageType::kNBT)
    print_entries<disk::NbtEntry>(form, entries, tail->cEnt, tail->cbEnt, out);
  else
    print_entries<disk::BbtEntry>(form, entries, tail->cEnt, tail->cbEnt, out);
}

Status Inspector::page(std::uint64_t offset, ByteSink& out) const {
  const Impl& i = *impl_;
  TRY_ASSIGN(const ByteString raw, i.bytes_at(offset, i.layout().page_bytes));
  const Bytes page = as_bytes(raw);
  std::string text = fmt::format("page at {:#x}", offset);
  const std::size_t trailer_at = i.layout().page_trailer_at;
  const auto trailer =
      disk::decode_as<disk::PageTrailer>(i.form, page.subspan(std::min(trailer_at, page.size())));
  if (!trailer) {
    text += "\n";
    add_damage(text, trailer.error(), 0);
  } else {
    text += fmt::format(": {}\n", page_name(trailer->ptype));
    const bool is_tree = trailer->ptype == disk::PageType::kBBT || trailer->ptype == disk::PageType::kNBT;
    if (is_tree) {
      i.print_bt_page(page, text);
    } else if (trailer->ptype == disk::PageType::kDList && i.form == disk::Form::kUnicode) {
      TRY(print_fields<disk::DListPage>(i.form, page, text, 0));
    } else {
      TRY(print_fields<disk::PageTrailer>(i.form, page.subspan(trailer_at), text, 0));
      const Bytes map = page.subspan(i.layout().amap_bits_at, i.layout().amap_bits_bytes);
      text += fmt::format("rgbAMapBits and the like, {} bytes\n", map.size());
      print_hex(map, text, 2);
    }
  }
  if (i.options.hex) print_hex(page, text, 0);
  return write_text(text, out);
}

void Inspector::Impl::print_internal_block(Bytes block, std::string& out) const {
  const auto type = block.empty() ? 0 : std::to_integer<int>(block[0]);
  if (type == disk::kBlockTypeData) {
    const auto head = print_fields<disk::XBlock>(form, block, out, 2);
    if (!head) return add_damage(out, head.error(), 2);
    const Bytes bids = block.subspan(wire_size<disk::XBlock>());
    for (std::size_t i = 0; i < head->cEnt && i < kMaxEntries; ++i) {
      if ((i + 1) * layout().word_bytes > bids.size())
        return add_damage(out, {Code::kTruncated, "XBLOCK.cEnt: the block holds fewer ids"}, 2);
      out += fmt::format("  rgbid[{}] {:#x}\n", i, layout().word(bids.data() + i * layout().word_bytes));
    }
    if (head->cEnt > kMaxEntries) out += fmt::format("  and {} more\n", head->cEnt - kMaxEntries);
    return;
  }
  const auto head = print_fields<disk::SubnodeBlock>(form, block, out, 2);
  if (!head) return add_damage(out, head.error(), 2);
  const bool is_ansi = form == disk::Form::kAnsi;
  const Bytes entries = block.subspan(is_ansi ? disk::size_in<disk::SubnodeBlock, disk::Form::kAnsi>()
                                              : wire_size<disk::SubnodeBlock>());
  if (head->cLevel == 0)
    print_entries<disk::SlEntry>(
        form, entries, head->cEnt,
        is_ansi ? disk::size_in<disk::SlEntry, disk::Form::kAnsi>() : wire_size<disk::SlEntry>(), out);
  else
    print_entries<disk::SiEntry>(
        form, entries, head->cEnt,
        is_ansi ? disk::size_in<disk::SiEntry, disk::Form::kAnsi>() : wire_size<disk::SiEntry>(), out);
}

Status Inspector::Impl::print_block(Bid bid, std::string& out) const {
  out += fmt::format("block {:#x}{}\n", bid.value, bid.is_internal() ? ", internal" : "");
  const auto place = db->place(bid);
  if (!place) return place.error();
  out += fmt::format("  ib {:#x}, cb {}, holds {} bytes\n", place->ib, place->cb, place->inflated);
  const std::uint64_t trailer_at = place->ib + layout().block_bytes(place->cb) - layout().block_trailer;
  TRY_ASSIGN(const ByteString raw, bytes_at(trailer_at, layout().block_trailer));
  TRY(print_fields<disk::BlockTrailer>(form, as_bytes(raw), out, 2));
  auto block = db->read_block(bid);
  if (!block) {
    add_damage(out, block.error(), 2);
    block = db->read_doubtful_block(bid);
    if (!block) return ok;
  }
  if (bid.is_internal()) print_internal_block(block->bytes(), out);
  if (options.hex) print_hex(block->bytes(), out, 2);
  return ok;
}

Status Inspector::block(Bid bid, ByteSink& out) const {
  std::string text;
  const Status found = impl_->print_block(bid, text);
  if (!found) add_damage(text, found.error(), 0);
  return write_text(text, out);
}

Result<ndb::Node> Inspector::Impl::find(const std::vector<Nid>& path) const {
  TRY_ASSIGN(ndb::Node node, db->node(path.at(0)));
  for (std::size_t i = 1; i < path.size(); ++i) {
    TRY_ASSIGN(const auto subnodes, ndb::Subnodes::read(*db, node.sub));
    const ndb::Node* const sub = subnodes.find(path[i]);
    if (sub == nullptr)
      return Error{Code::kNotFound,
                   fmt::format("node {:#x} has no subnode {:#x}", path[i - 1].value, path[i].value)};
    node = *sub;
  }
  return node;
}

void Inspector::Impl::print_subnodes(const ndb::Node& node, std::string& out) const {
  if (node.sub.is_null()) return;
  const auto subnodes = ndb::Subnodes::read(*db, node.sub);
  if (!subnodes) return add_damage(out, subnodes.error(), 0);
  out += fmt::format("{} subnodes\n", subnodes->size());
  std::size_t n = 0;
  for (const auto& s : *subnodes)
    if (++n <= kMaxEntries)
      out += fmt::format("  nid={:#x} bidData={:#x} bidSub={:#x}\n", s.nid.value, s.data.value, s.sub.value);
  if (n > kMaxEntries) out += fmt::format("  and {} more\n", n - kMaxEntries);
}

Status Inspector::node(const std::vector<Nid>& path, ByteSink& out) const {
  const Impl& i = *impl_;
  TRY_ASSIGN(const ndb::Node node, i.find(path));
  std::string text = fmt::format(
      "node {:#x}: nidType {:#x}, nidIndex {:#x}\n  bidData={:#x} bidSub={:#x} "
      "nidParent={:#x}\n",
      node.nid.value, static_cast<unsigned>(node.nid.type()), node.nid.index(), node.data.value,
      node.sub.value, node.parent.value);
  for (const Bid bid : {node.data, node.sub})
    if (!bid.is_null())
      if (const Status s = i.print_block(bid, text); !s) add_damage(text, s.error(), 2);
  i.print_subnodes(node, text);
  TRY(write_text(text, out));
  text.clear();
  print_heap(i.db, node, text);
  return write_text(text, out);
}

Status Inspector::property(const std::vector<Nid>& path, std::uint16_t id, ByteSink& out) const {
  TRY_ASSIGN(const ndb::Node node, impl_->find(path));
  std::string text;
  const Status shown = print_property(impl_->db, node, id, impl_->options.hex, text);
  TRY(write_text(text, out));
  return shown;
}

}  // namespace mk::pst
