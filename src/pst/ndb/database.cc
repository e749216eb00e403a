#include "pst/ndb/database.h"

#include <fmt/format.h>

#include "pst/disk/block.h"
#include "pst/disk/crc.h"
#include "pst/disk/crypt.h"

namespace mk::pst::ndb {
namespace {

constexpr std::uint64_t kNidMask = 0xFFFFFFFF;         // old files leave the upper half of NIDs dirty
constexpr std::uint64_t kBidMask = ~std::uint64_t{1};  // bit 0 of a BID is reserved

Status check_kind(const disk::Header& h) {
  if (h.dwMagic != disk::kMagic ||
      (h.wMagicClient != disk::kMagicClientPst && h.wMagicClient != disk::kMagicClientOst))
    return Error{Code::kCorrupt, "not a PST file: it does not begin with !BDN and SM"};
  if (h.wVer == 14 || h.wVer == 15)
    return Error{Code::kUnsupported,
                 "an ANSI PST file (Outlook 97-2002) is not supported yet: import it into a new PST with "
                 "Outlook 2003 or later"};
  if (h.wVer >= disk::kVersion4K)
    return Error{Code::kUnsupported,
                 "an OST file with 4K pages (Outlook 2013 and later) is not supported yet: "
                 "export the mailbox to a PST with Outlook"};
  if (h.wVer < disk::kVersionUnicode)
    return Error{Code::kUnsupported,
                 fmt::format("HEADER.wVer {} at offset 0xa: an unknown version of the format", h.wVer)};
  return ok;
}

Status check_sums(const disk::Header& h, Bytes raw) {
  const Bytes from = raw.subspan(disk::Header::kCrcFrom);
  if (h.dwCRCPartial != disk::crc(from.first(disk::Header::kPartialCrcBytes)))
    return Error{Code::kCorrupt,
                 "HEADER.dwCRCPartial at offset 0x4 does not fit the header's bytes: the header is damaged"};
  if (h.dwCRCFull != disk::crc(from.first(disk::Header::kFullCrcBytes)))
    return Error{Code::kCorrupt,
                 "HEADER.dwCRCFull at offset 0x20c does not fit the header's bytes: the header is damaged"};
  return ok;
}

Status check_header(const disk::Header& h, std::uint64_t file_bytes) {
  if (h.bSentinel != disk::kSentinel)
    return Error{Code::kCorrupt,
                 fmt::format("HEADER.bSentinel {:#x} at offset 0x200: it must be 0x80", h.bSentinel)};
  if (h.bCryptMethod > disk::CryptMethod::kCyclic)
    return Error{Code::kUnsupported,
                 fmt::format("HEADER.bCryptMethod {:#x} at offset 0x201: an encoding that is not in the "
                             "specification (Windows Information Protection?)",
                             static_cast<unsigned>(h.bCryptMethod))};
  if (h.root.ibFileEof > file_bytes)
    return Error{Code::kTruncated,
                 fmt::format("ROOT.ibFileEof {} at offset 0xb8: the file has only {} bytes, its end is "
                             "missing: copy it again from where it came",
                             h.root.ibFileEof, file_bytes)};
  return ok;
}

Node node_of(const BTree::Entry& e) {
  return {Nid(load_le<std::uint32_t>(&e[0])), Nid(load_le<std::uint32_t>(&e[24])),
          Bid(load_le<std::uint64_t>(&e[8])), Bid(load_le<std::uint64_t>(&e[16]))};
}

Error block_error(Code code, Bid bid, const BlockPlace& at, const std::string& what) {
  return {code, fmt::format("block {:#x} at offset {:#x}: {}", bid.value, at.ib, what)};
}

}  // namespace

Database::Database(std::shared_ptr<const Storage> storage, const disk::Header& header, ReadOptions options)
    : storage_(std::move(storage)),
      header_(header),
      options_(options),
      nbt_(storage_, header.root.BREFNBT, disk::PageType::kNBT, kNidMask, options),
      bbt_(storage_, header.root.BREFBBT, disk::PageType::kBBT, kBidMask, options) {}

Result<std::shared_ptr<const Database>> Database::open(std::shared_ptr<const Storage> storage,
                                                       ReadOptions options) {
  std::array<std::byte, wire_size<disk::Header>()> raw{};
  const std::size_t n = std::min<std::uint64_t>(raw.size(), storage->size());
  TRY(storage->read_at(0, std::span(raw).first(n)));
  TRY_ASSIGN(const auto header, decode<disk::Header>(raw));
  TRY(check_kind(header));
  if (n < raw.size())
    return Error{Code::kTruncated, fmt::format("the header needs {} bytes, the file has {}", raw.size(), n)};
  if (options.verify_checksums) TRY(check_sums(header, raw));
  TRY(check_header(header, storage->size()));
  std::shared_ptr<const Database> db(new Database(std::move(storage), header, options));
  TRY(db->nbt_.check_root());
  TRY(db->bbt_.check_root());
  return db;
}

Result<std::optional<Node>> Database::find_node(Nid nid) const {
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
  return nbt_.visit([&](const BTree::Entry& e) { visitor(node_of(e)); });
}

Status Database::visit_blocks(const std::function<void(const disk::BbtEntry&)>& visitor) const {
  return bbt_.visit([&](const BTree::Entry& e) {
    if (const auto entry = decode<disk::BbtEntry>(e)) visitor(*entry);
  });
}

Result<BlockPlace> Database::place(Bid bid) const {
  TRY_ASSIGN(const auto entry, bbt_.find(bid.key()));
  if (!entry)
    return Error{Code::kCorrupt,
                 fmt::format("BBT: no entry for block {:#x}, which something refers to", bid.value)};
  const BlockPlace at{load_le<std::uint64_t>(&(*entry)[8]), load_le<std::uint16_t>(&(*entry)[16])};
  if (at.cb > disk::kBlockMaxData)
    return block_error(Code::kCorrupt, bid, at, fmt::format("BBTENTRY.cb {} is above 8176", at.cb));
  const std::uint64_t bytes = disk::block_bytes(at.cb);
  if (at.ib > storage_->size() || bytes > storage_->size() - at.ib)
    return block_error(Code::kTruncated, bid, at, "BBTENTRY.BREF.ib: it lies beyond the end of the file");
  return at;
}

Status Database::check_block(Bytes whole, const BlockPlace& at, Bid bid) const {
  TRY_ASSIGN(const auto trailer, decode<disk::BlockTrailer>(whole.last(disk::kBlockTrailerBytes)));
  if (trailer.cb != at.cb)
    return block_error(Code::kCorrupt, bid, at,
                       fmt::format("BLOCKTRAILER.cb {} is not the BBTENTRY's {}", trailer.cb, at.cb));
  if (Bid(trailer.bid).key() != bid.key())
    return block_error(Code::kCorrupt, bid, at,
                       fmt::format("BLOCKTRAILER.bid {:#x} is that of another block", trailer.bid));
  if (options_.verify_checksums && trailer.dwCRC != disk::crc(whole.first(at.cb)))
    return block_error(
        Code::kCorrupt, bid, at,
        fmt::format("BLOCKTRAILER.dwCRC {:#010x} does not fit the block's bytes: they are damaged",
                    trailer.dwCRC));
  return ok;
}

Result<Block> Database::read_block(Bid bid) const {
  TRY_ASSIGN(const BlockPlace at, place(bid));
  const std::size_t bytes = disk::block_bytes(at.cb);
  auto data = std::make_unique_for_overwrite<std::byte[]>(bytes);
  TRY(storage_->read_at(at.ib, {data.get(), bytes}));
  TRY(check_block({data.get(), bytes}, at, bid));
  if (!bid.is_internal()) disk::decode_block(header_.bCryptMethod, bid.value, {data.get(), at.cb});
  return Block(std::move(data), at.cb);
}

}  // namespace mk::pst::ndb
