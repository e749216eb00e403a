#include "pst/ndb/database.h"

#include <fmt/format.h>

#include <algorithm>

#include "pst/disk/crc.h"
#include "pst/disk/crypt.h"
#include "pst/disk/inflate.h"

namespace mk::pst::ndb {
namespace {

Result<disk::Form> form_of(Bytes raw) {
  const auto start = decode<disk::HeaderStart>(raw);
  if (!start || start->dwMagic != disk::kMagic ||
      (start->wMagicClient != disk::kMagicClientPst && start->wMagicClient != disk::kMagicClientOst))
    return Error{Code::kCorrupt, "not a PST file: it does not begin with !BDN and SM"};
  const std::uint16_t version = start->wVer;
  if (version == disk::kVersionAnsiFirst || version == disk::kVersionAnsi) return disk::Form::kAnsi;
  if (version == disk::kVersion4K) return disk::Form::kUnicode4K;
  if (version >= disk::kVersionUnicode) return disk::Form::kUnicode;
  return Error{Code::kUnsupported,
               fmt::format("HEADER.wVer {} at offset 0xa: an unknown version of the format", version)};
}

Status check_sums(const disk::Header& h, disk::Form form, Bytes raw) {
  const Bytes from = raw.subspan(disk::Header::kCrcFrom);
  if (h.dwCRCPartial != disk::crc(from.first(disk::Header::kPartialCrcBytes)))
    return Error{Code::kCorrupt,
                 "HEADER.dwCRCPartial at offset 0x4 does not fit the header's bytes: the header is damaged"};
  if (form != disk::Form::kAnsi && h.dwCRCFull != disk::crc(from.first(disk::Header::kFullCrcBytes)))
    return Error{Code::kCorrupt,
                 "HEADER.dwCRCFull at offset 0x20c does not fit the header's bytes: the header is damaged"};
  return ok;
}

Status check_header(const disk::Header& h) {
  if (h.bSentinel != disk::kSentinel)
    return Error{Code::kCorrupt, fmt::format("HEADER.bSentinel {:#x}: it must be 0x80", h.bSentinel)};
  if (h.bCryptMethod > disk::CryptMethod::kCyclic)
    return Error{Code::kUnsupported, fmt::format("HEADER.bCryptMethod {:#x}: an encoding that is not in the "
                                                 "specification (Windows Information Protection?)",
                                                 static_cast<unsigned>(h.bCryptMethod))};
  return ok;
}

Error block_error(Code code, Bid bid, const BlockPlace& at, const std::string& what) {
  return {code, fmt::format("block {:#x} at offset {:#x}: {}", bid.value, at.ib, what)};
}

}  // namespace

Result<FileHeader> read_header(const Storage& storage, ReadOptions options) {
  std::array<std::byte, wire_size<disk::Header>()> raw{};  // the longest of the forms
  const std::size_t n = std::min<std::uint64_t>(raw.size(), storage.size());
  TRY(storage.read_at(0, std::span(raw).first(n)));
  FileHeader out;
  TRY_ASSIGN(out.form, form_of(raw));
  if (n < raw.size())
    return Error{Code::kTruncated, fmt::format("the header needs {} bytes, the file has {}", raw.size(), n)};
  TRY_ASSIGN(out.fields, disk::decode_as<disk::Header>(out.form, raw));
  if (options.verify_checksums) TRY(check_sums(out.fields, out.form, raw));
  TRY(check_header(out.fields));
  return out;
}

Database::Database(std::shared_ptr<const Storage> storage, const FileHeader& header, ReadOptions options,
                   Maps maps)
    : storage_(std::move(storage)),
      header_(header.fields),
      layout_(disk::layout_of(header.form)),
      options_(options),
      nbt_(storage_, layout_, header_.root.BREFNBT, disk::PageType::kNBT, options),
      bbt_(storage_, layout_, header_.root.BREFBBT, disk::PageType::kBBT, options),
      maps_(std::move(maps)) {}

std::shared_ptr<const Database> Database::make(std::shared_ptr<const Storage> storage,
                                               const FileHeader& header, ReadOptions options, Maps maps) {
  return std::shared_ptr<const Database>(new Database(std::move(storage), header, options, std::move(maps)));
}

std::shared_ptr<const Database> Database::with_nodes(const std::vector<Node>& more) const {
  MK_CHECK(!maps_.empty());
  Maps maps = maps_;
  maps.nodes.insert(maps.nodes.end(), more.begin(), more.end());
  std::stable_sort(maps.nodes.begin(), maps.nodes.end(),
                   [](const Node& a, const Node& b) { return a.nid < b.nid; });
  return make(storage_, {layout_.form, header_}, options_, std::move(maps));
}

Result<std::shared_ptr<const Database>> Database::open(std::shared_ptr<const Storage> storage,
                                                       ReadOptions options) {
  TRY_ASSIGN(const FileHeader header, read_header(*storage, options));
  const std::uint64_t needed = header.fields.root.ibFileEof, there = storage->size();
  if (needed > there)
    return Error{Code::kTruncated,
                 fmt::format("ROOT.ibFileEof {}: the file has only {} bytes, its end is missing: copy it "
                             "again from where it came, or see what `mailkeep pst recover` finds in it",
                             needed, there)};
  auto db = make(std::move(storage), header, options, {});
  TRY(db->nbt_.check_root());
  TRY(db->bbt_.check_root());
  return db;
}

Node Database::node_of(const BtLeafEntry& e) const {
  disk::NbtEntry entry;
  Reader r(e);
  disk::read_as(layout_.form, r, entry);
  return {Nid(entry.nid), Nid(entry.nidParent), Bid(entry.bidData), Bid(entry.bidSub)};
}

Result<std::optional<Node>> Database::find_node(Nid nid) const {
  if (!maps_.empty()) {
    const auto it = std::lower_bound(maps_.nodes.begin(), maps_.nodes.end(), nid,
                                     [](const Node& n, Nid wanted) { return n.nid < wanted; });
    return it != maps_.nodes.end() && it->nid == nid ? std::optional<Node>(*it) : std::nullopt;
  }
  TRY_ASSIGN(const auto entry, nbt_.find(nid.value));
  if (!entry) return std::optional<Node>{};
  return std::optional<Node>(node_of(*entry));
}

Result<Node> Database::node(Nid nid) const {
  TRY_ASSIGN(const auto found, find_node(nid));
  if (!found) return Error{Code::kNotFound, fmt::format("the node B-tree has no node {:#x}", nid.value)};
  return *found;
}

Status Database::visit_nodes(const std::function<void(const Node&)>& visitor) const {
  for (const Node& n : maps_.nodes) visitor(n);
  if (!maps_.empty()) return ok;
  return nbt_.visit([&](const BtLeafEntry& e) { visitor(node_of(e)); });
}

Status Database::visit_blocks(const std::function<void(const disk::BbtEntry&)>& visitor) const {
  for (const auto& b : maps_.blocks) visitor(b);
  if (!maps_.empty()) return ok;
  return bbt_.visit([&](const BtLeafEntry& e) {
    if (const auto entry = disk::decode_as<disk::BbtEntry>(layout_.form, e)) visitor(*entry);
  });
}

Result<std::optional<disk::BbtEntry>> Database::find_block(Bid bid) const {
  if (!maps_.empty()) {
    const auto it = std::lower_bound(
        maps_.blocks.begin(), maps_.blocks.end(), bid.key(),
        [](const disk::BbtEntry& b, std::uint64_t key) { return Bid(b.BREF.bid).key() < key; });
    const bool found = it != maps_.blocks.end() && Bid(it->BREF.bid).key() == bid.key();
    return found ? std::optional<disk::BbtEntry>(*it) : std::nullopt;
  }
  TRY_ASSIGN(const auto found, bbt_.find(bid.key()));
  if (!found) return std::optional<disk::BbtEntry>{};
  TRY_ASSIGN(const auto entry, disk::decode_as<disk::BbtEntry>(layout_.form, *found));
  return std::optional<disk::BbtEntry>(entry);
}

Result<BlockPlace> Database::place(Bid bid) const {
  TRY_ASSIGN(const auto found, find_block(bid));
  if (!found)
    return Error{Code::kCorrupt,
                 fmt::format("BBT: no entry for block {:#x}, which something refers to", bid.value)};
  const disk::BbtEntry& entry = *found;
  const BlockPlace at{entry.BREF.ib, entry.cb, std::max<std::size_t>(entry.cbInflated, entry.cb)};
  if (at.inflated > layout_.block_max_data)
    return block_error(Code::kCorrupt, bid, at,
                       fmt::format("BBTENTRY.cb {} is above {}", at.inflated, layout_.block_max_data));
  const std::uint64_t bytes = layout_.block_bytes(at.cb);
  if (at.ib > storage_->size() || bytes > storage_->size() - at.ib)
    return block_error(Code::kTruncated, bid, at, "BBTENTRY.BREF.ib: it lies beyond the end of the file");
  return at;
}

Status Database::check_block(Bytes whole, const BlockPlace& at, Bid bid, Check check) const {
  TRY_ASSIGN(const auto trailer,
             disk::decode_as<disk::BlockTrailer>(layout_.form, whole.last(layout_.block_trailer)));
  if (trailer.cb != at.cb)
    return block_error(Code::kCorrupt, bid, at,
                       fmt::format("BLOCKTRAILER.cb {} is not the BBTENTRY's {}", trailer.cb, at.cb));
  if (Bid(trailer.bid).key() != bid.key())
    return block_error(Code::kCorrupt, bid, at,
                       fmt::format("BLOCKTRAILER.bid {:#x} is that of another block", trailer.bid));
  if (options_.verify_checksums && check == Check::kAll && trailer.dwCRC != disk::crc(whole.first(at.cb)))
    return block_error(
        Code::kCorrupt, bid, at,
        fmt::format("BLOCKTRAILER.dwCRC {:#010x} does not fit the block's bytes: they are damaged",
                    trailer.dwCRC));
  return ok;
}

Result<Block> Database::read_block(Bid bid) const { return read_block(bid, Check::kAll); }
Result<Block> Database::read_doubtful_block(Bid bid) const { return read_block(bid, Check::kIdOnly); }

/// Other readers inflate before they decode; no file that has both is known here.
Result<Block> Database::read_block(Bid bid, Check check) const {
  TRY_ASSIGN(const BlockPlace at, place(bid));
  const std::size_t bytes = layout_.block_bytes(at.cb);
  auto data = std::make_unique_for_overwrite<std::byte[]>(bytes);
  TRY(storage_->read_at(at.ib, {data.get(), bytes}));
  TRY(check_block({data.get(), bytes}, at, bid, check));
  if (at.inflated != at.cb) {
    auto inflated = std::make_unique_for_overwrite<std::byte[]>(at.inflated);
    if (!disk::inflate({data.get(), at.cb}, {inflated.get(), at.inflated}))
      return block_error(
          Code::kCorrupt, bid, at,
          fmt::format("its compressed bytes do not give the {} that BBTENTRY.cbInflated says", at.inflated));
    data = std::move(inflated);
  }
  if (!bid.is_internal()) disk::decode_block(header_.bCryptMethod, bid.value, {data.get(), at.inflated});
  return Block(std::move(data), at.inflated);
}

}  // namespace mk::pst::ndb
