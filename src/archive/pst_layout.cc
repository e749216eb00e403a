#include "archive/pst_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "archive/keys.h"
#include "base/wire.h"
#include "mapi/item_reader.h"
#include "mapi/item_writer.h"
#include "vault/object.h"

namespace mk::archive {
namespace {

constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kMaxFileName = 1024, kKeyBytes = 32;
constexpr std::uint64_t kMaxLayoutBytes = std::uint64_t{256} << 20;

struct PstHead {
  static constexpr char kName[] = "PST";
  std::uint16_t version = kVersion;
  PstKept kept = PstKept::kContent;
  std::uint8_t reserved = 0;
  std::uint32_t writer = 0;
  std::uint64_t bytes = 0, items = 0, lost = 0;
  Sha256Digest sha256{};
  std::uint32_t file = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("version", t.version), io("kept", t.kept), io("reserved", t.reserved), io("writer", t.writer);
    io("bytes", t.bytes), io("items", t.items), io("lost", t.lost), io("sha256", t.sha256);
    io("file", t.file);
  }
};

struct LayoutHead {
  static constexpr char kName[] = "LAYOUT";
  std::uint8_t permute = 1;
  std::array<std::uint8_t, 3> reserved{};
  std::array<std::uint32_t, 32> last_indexes{};
  std::uint32_t names = 0, folders = 0, store_name = 0, store = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("permute", t.permute), io("reserved", t.reserved), io("last_indexes", t.last_indexes);
    io("names", t.names), io("folders", t.folders), io("store_name", t.store_name), io("store", t.store);
  }
};

struct LayoutName {
  static constexpr char kName[] = "NAME";
  Guid set;
  std::uint32_t is_text = 0, value = 0;  // LID, or length of the text
  static constexpr void fields(auto& io, auto& t) {
    io("set", t.set), io("is_text", t.is_text), io("value", t.value);
  }
};

struct LayoutFolder {
  static constexpr char kName[] = "PSTFOLDER";
  std::uint32_t nid = 0, parent = 0;
  pst::FolderRole role = pst::FolderRole::kOrdinary;
  std::array<std::uint8_t, 3> reserved{};
  std::uint32_t properties = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("nid", t.nid), io("parent", t.parent), io("role", t.role), io("reserved", t.reserved);
    io("properties", t.properties);
  }
};

struct ItemWire {
  static constexpr char kName[] = "PSTITEM";
  std::uint32_t folder = 0, nid = 0, embedded = 0;
  std::uint16_t mark = 0, reserved = 0;
  std::array<std::uint8_t, kKeyBytes> key{};
  static constexpr void fields(auto& io, auto& t) {
    io("folder", t.folder), io("nid", t.nid), io("embedded", t.embedded), io("mark", t.mark);
    io("reserved", t.reserved), io("key", t.key);
  }
};
static_assert(wire_size<PstHead>() == 68 && wire_size<LayoutHead>() == 148 && wire_size<LayoutName>() == 24 &&
              wire_size<LayoutFolder>() == 16 && wire_size<ItemWire>() == kPstItemBytes);

Error strange(const char* name) {
  return {Code::kCorrupt, fmt::format("{}: values that no such record has", name)};
}

Result<ByteString> encode_list(const model::PropertyList& list) {
  ByteString out;
  StringSink sink(out);
  TRY(mapi::write_message_content(model::Item{list, {}, {}}, sink));
  return out;
}

Result<model::PropertyList> decode_list(Bytes in) {
  TRY_ASSIGN(model::Item item, mapi::read_message_content(make_memory_blob(ByteString(as_chars(in)))));
  return std::move(item.properties);
}

void encode_name(ByteString& out, const model::PropertyName& name) {
  LayoutName wire{name.set, name.is_lid() ? 0u : 1u, 0};
  if (name.is_lid()) {
    wire.value = std::get<0>(name.key);
    mk::encode_to(out, wire);
    return;
  }
  const ByteString& text = std::get<1>(name.key);
  wire.value = static_cast<std::uint32_t>(text.size());
  mk::encode_to(out, wire);
  out += text;
}

template <class Wire>
Wire take(Reader& in) {
  Wire wire;
  Wire::fields(in, wire);
  return wire;
}

Result<model::PropertyName> take_name(Reader& in) {
  const auto wire = take<LayoutName>(in);
  if (wire.is_text > 1) return strange(LayoutName::kName);
  if (wire.is_text == 0) return model::PropertyName{wire.set, wire.value};
  return model::PropertyName{wire.set, ByteString(as_chars(in.take("text", wire.value)))};
}

Status take_folder(Reader& in, pst::FileLayout& layout) {
  const auto wire = take<LayoutFolder>(in);
  if (wire.role > pst::FolderRole::kCommonViews || wire.reserved != LayoutFolder{}.reserved)
    return strange(LayoutFolder::kName);
  const Bytes properties = in.take("properties", wire.properties);
  if (!in.ok()) return in.error(LayoutFolder::kName);
  pst::FileLayout::Folder folder{pst::Nid(wire.nid), pst::Nid(wire.parent), wire.role, {}};
  TRY_ASSIGN(folder.properties, decode_list(properties));
  layout.folders.push_back(std::move(folder));
  return ok;
}

}  // namespace

Result<ByteString> encode(const PstRecord& r) {
  if (r.file.size() > kMaxFileName)
    return Error{Code::kInvalid,
                 fmt::format("a file name of {} bytes; {} are the most", r.file.size(), kMaxFileName)};
  PstHead h;
  h.kept = r.kept, h.writer = r.writer;
  h.bytes = r.bytes, h.items = r.items, h.lost = r.lost, h.sha256 = r.sha256;
  h.file = static_cast<std::uint32_t>(r.file.size());
  return mk::encode(h) + r.file;
}

Result<PstRecord> decode_pst(Bytes in) {
  if (in.size() >= 2 && load_le<std::uint16_t>(in.data()) > kVersion)
    return Error{Code::kUnsupported, fmt::format("PST.version {}: this mailkeep reads {}; use a newer one",
                                                 load_le<std::uint16_t>(in.data()), kVersion)};
  Reader r(in);
  const auto h = take<PstHead>(r);
  PstRecord out;
  out.file = as_chars(r.take("file", h.file));
  if (!r.ok()) return r.error(PstHead::kName);
  if (r.left() != 0 || h.version != kVersion || h.kept < PstKept::kRegenerated ||
      h.kept > PstKept::kContent || h.reserved != 0 || h.file > kMaxFileName)
    return strange(PstHead::kName);
  out.kept = h.kept, out.writer = h.writer;
  out.bytes = h.bytes, out.items = h.items, out.lost = h.lost, out.sha256 = h.sha256;
  return out;
}

Result<ByteString> encode(const pst::FileLayout& layout) {
  TRY_ASSIGN(const ByteString store, encode_list(layout.store));
  LayoutHead h;
  h.permute = layout.permute ? 1 : 0;
  h.last_indexes = layout.last_indexes;
  h.names = static_cast<std::uint32_t>(layout.names.size());
  h.folders = static_cast<std::uint32_t>(layout.folders.size());
  h.store_name = static_cast<std::uint32_t>(layout.store_name.size());
  h.store = static_cast<std::uint32_t>(store.size());
  ByteString out = mk::encode(h) + layout.store_name + store;
  for (const auto& name : layout.names) encode_name(out, name);
  for (const auto& f : layout.folders) {
    TRY_ASSIGN(const ByteString properties, encode_list(f.properties));
    const auto n = static_cast<std::uint32_t>(properties.size());
    mk::encode_to(out, LayoutFolder{f.nid.value, f.parent.value, f.role, {}, n});
    out += properties;
  }
  if (out.size() > kMaxLayoutBytes)
    return Error{Code::kInvalid,
                 fmt::format("folders and names of {} bytes; {} are the most", out.size(), kMaxLayoutBytes)};
  return out;
}

Result<pst::FileLayout> decode_layout(Bytes in, std::uint32_t writer) {
  Reader r(in);
  const auto h = take<LayoutHead>(r);
  if (h.permute > 1 || h.reserved != LayoutHead{}.reserved) return strange(LayoutHead::kName);
  pst::FileLayout layout;
  layout.writer = writer;
  layout.permute = h.permute == 1;
  layout.last_indexes = h.last_indexes;
  layout.store_name = as_chars(r.take("store_name", h.store_name));
  const Bytes store = r.take("store", h.store);
  if (!r.ok()) return r.error(LayoutHead::kName);
  TRY_ASSIGN(layout.store, decode_list(store));
  for (std::uint32_t i = 0; i < h.names && r.ok(); ++i) {
    TRY_ASSIGN(model::PropertyName name, take_name(r));
    layout.names.push_back(std::move(name));
  }
  for (std::uint32_t i = 0; i < h.folders && r.ok(); ++i) TRY(take_folder(r, layout));
  if (!r.ok()) return r.error(LayoutHead::kName);
  return r.left() == 0 ? Result<pst::FileLayout>(std::move(layout)) : strange(LayoutHead::kName);
}

void encode_to(ByteString& out, const PstItem& item) {
  MK_CHECK(item.key.size() == kItemPrefix.size() + kKeyBytes);
  ItemWire wire{item.place.folder, item.place.nid.value, item.place.embedded.value, item.mark, 0, {}};
  std::copy_n(item.key.begin() + kItemPrefix.size(), kKeyBytes, wire.key.begin());
  mk::encode_to(out, wire);
}

Result<PstItem> decode_pst_item(Bytes in) {
  TRY_ASSIGN(const auto wire, decode<ItemWire>(in));
  if (wire.reserved != 0 || in.size() != kPstItemBytes) return strange(ItemWire::kName);
  PstItem out{
      {pst::Nid(wire.nid), wire.folder, pst::Nid(wire.embedded)}, wire.mark, std::string(kItemPrefix)};
  out.key.append(wire.key.begin(), wire.key.end());
  return out;
}

Result<std::vector<StoredPst>> stored_psts(vault::ChunkSource& chunks, const vault::TreeWriter::Root& root) {
  std::map<std::uint32_t, StoredPst> found;
  TRY(vault::visit_tree(chunks, root, std::string(kPstPrefix), [&](const vault::Entry& e) -> Result<bool> {
    if (!e.key.starts_with(kPstPrefix)) return false;
    if (e.key.size() != pst_key(0, PstPart::kLayout).size())
      return Error{Code::kCorrupt, "a key that no PST has"};
    std::uint32_t n = 0;
    for (std::size_t i = 1; i < 5; ++i) n = n << 8 | static_cast<unsigned char>(e.key[i]);
    StoredPst& pst = found[n];
    pst.n = n;
    const auto part = static_cast<PstPart>(e.key.back());
    if (part == PstPart::kOrder) pst.order = e.object;
    if (part == PstPart::kBytes) pst.bytes = e.object;
    if (part != PstPart::kLayout) return true;
    pst.layout = e.object;
    TRY_ASSIGN(pst.record, decode_pst(as_bytes(e.attributes)));
    return true;
  }));
  std::vector<StoredPst> out;
  for (auto& [n, pst] : found) out.push_back(std::move(pst));
  return out;
}

Result<pst::FileLayout> read_layout(vault::ChunkSource& chunks, const StoredPst& pst) {
  const auto in = vault::open_object(chunks, pst.layout);
  TRY_ASSIGN(const ByteString layout, read_all(*in, kMaxLayoutBytes));
  return decode_layout(as_bytes(layout), pst.record.writer);
}

Status for_each_item(vault::ChunkSource& chunks, const StoredPst& pst,
                     const std::function<Status(const PstItem&)>& visit) {
  const auto in = vault::open_object(chunks, pst.order);
  std::array<std::byte, kPstItemBytes> record{};
  for (std::uint64_t i = 0; i < pst.record.items; ++i) {
    TRY_ASSIGN(const std::size_t n, read_full(*in, record));
    TRY_ASSIGN(const PstItem item, decode_pst_item(Bytes(record).first(n)));
    TRY(visit(item));
  }
  return ok;
}

}  // namespace mk::archive
