#include "pst/check/block_check.h"

#include "pst/disk/crc.h"
#include "pst/disk/crypt.h"

namespace mk::pst::check {

void count_index(Nid nid, bool is_subnode, Totals& totals, Findings& findings, const Where& where) {
  constexpr std::uint32_t kFirst = 0x400;
  const auto type = static_cast<std::size_t>(nid.type());
  auto& greatest = totals.greatest_index[type];
  greatest = std::max(greatest, nid.index());
  const bool is_standing = !is_subnode && (nid == nid::kRootFolder || nid == nid::kSpamSearchFolder);
  const bool is_folder = nid.type() == NidType::kNormalFolder || nid.type() == NidType::kSearchFolder;
  const bool is_item = is_folder || nid.type() == NidType::kNormalMessage ||
                       nid.type() == NidType::kAssocMessage || nid.type() == NidType::kAttachment;
  findings.expect(nid.index() >= kFirst || is_standing || !is_item, "nid.reserved", where,
                  "an index of 0x400 or above", nid.value);
}

Status BlockCheck::run(const Extent& extent, Bytes whole) {
  const Where where{nullptr, "block", extent.bid, ""};
  check_trailer(extent, whole, where);
  const disk::BbtEntry entry{{extent.bid, extent.ib}, extent.cb, 0, 0, extent.inflated};
  const Bytes stored = whole.first(extent.cb);
  if (extent.inflated > extent.cb && !decode_stored(m_, entry, stored))
    out_.add("block.inflate", where, std::to_string(extent.inflated) + " bytes", "other bytes");
  return Bid(extent.bid).is_internal() ? check_internal(entry, stored, where) : ok;
}

void BlockCheck::check_trailer(const Extent& extent, Bytes whole, const Where& where) {
  const auto t = disk::decode_as<disk::BlockTrailer>(m_.layout.form, whole.last(m_.layout.block_trailer));
  out_.equal("block.trailer-size", where, t->cb, extent.cb);
  out_.equal("block.trailer-bid", where, t->bid & ~std::uint64_t{1}, extent.bid & ~std::uint64_t{1});
  out_.equal("block.signature", where, t->wSig, disk::signature(extent.ib, t->bid));
  out_.equal("block.crc", where, t->dwCRC, disk::crc(whole.first(extent.cb)));
  if (!m_.is_4k()) return;
  out_.equal("block.trailer-4k", {&where, "", 0, "unknown word"}, t->unknown4K, 2);
  out_.equal("block.trailer-4k", {&where, "", 0, "cbInflated"}, t->cbInflated, extent.inflated);
  out_.equal("block.trailer-4k", {&where, "", 0, "padding"}, t->padding4K, 0);
}

Status BlockCheck::check_internal(const disk::BbtEntry& entry, Bytes stored, const Where& where) {
  const BlockPtr plain = decode_stored(m_, entry, stored);
  if (!plain || plain->size() < 2) return ok;
  const Bytes block = as_bytes(*plain);
  const unsigned btype = std::to_integer<unsigned>(block[0]), level = std::to_integer<unsigned>(block[1]);
  const std::uint64_t bid = entry.BREF.bid;
  if (btype == disk::kBlockTypeData && (level == 1 || level == 2)) {
    TRY(references_.is(Bid(bid), BlockKind::kData));
    return check_x_block(block, where, bid);
  }
  if (btype == disk::kBlockTypeSubnodes && level <= 1) {
    TRY(references_.is(Bid(bid), BlockKind::kSubnodes));
    return check_subnodes(block, where, bid);
  }
  check_encoding(entry, block, where);
  out_.add("xblock.type", where, "btype 1 with cLevel 1 or 2, btype 2 with cLevel 0 or 1",
           std::to_string(btype) + " with " + std::to_string(level));
  return ok;
}

/// An internal block that makes sense only when it is decoded was encoded, which it must not be.
void BlockCheck::check_encoding(const disk::BbtEntry& entry, Bytes plain, const Where& where) {
  ByteString front(as_chars(plain.first(std::min<std::size_t>(plain.size(), 4))));
  disk::decode_block(m_.header.bCryptMethod, entry.BREF.bid, std::as_writable_bytes(std::span(front)));
  const bool decoded = (front[0] == 1 && (front[1] == 1 || front[1] == 2)) ||
                       (front[0] == 2 && (front[1] == 0 || front[1] == 1));
  if (decoded) out_.add("block.encoding", where, "an internal block as it is", "an encoded one");
}

Status BlockCheck::check_x_block(Bytes block, const Where& where, std::uint64_t bid) {
  const auto head = decode<disk::XBlock>(block);
  if (!head) {
    out_.add("xblock.size", where, "a whole XBLOCK", shown(block));
    return ok;
  }
  const std::size_t word = m_.layout.word_bytes, n_room = (block.size() - wire_size<disk::XBlock>()) / word;
  const std::size_t most = (m_.layout.block_max_data - wire_size<disk::XBlock>()) / word;
  out_.expect(head->cEnt > 0 && head->cEnt <= most, "xblock.count", where, "1 to what a block can hold",
              head->cEnt);
  out_.equal("xblock.size", where, block.size(), wire_size<disk::XBlock>() + word * head->cEnt);
  out_.expect(head->cEnt != 1, "xblock.single", where, "more than one entry", head->cEnt);
  std::vector<Bid> ids;
  for (std::size_t i = 0; i < std::min<std::size_t>(n_room, head->cEnt); ++i) {
    ids.emplace_back(m_.layout.word(block.data() + wire_size<disk::XBlock>() + i * word));
    TRY(references_.add(ids.back(), BlockKind::kAny, bid, true));
  }
  const std::uint64_t total = head->cLevel == 1 ? check_leaves(ids, where) : check_x_blocks(ids, where);
  out_.equal("xblock.total", where, head->lcbTotal, total);
  return ok;
}

std::uint64_t BlockCheck::check_leaves(const std::vector<Bid>& ids, const Where& where) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Where entry{&where, "entry", i, ""};
    out_.expect(!ids[i].is_internal() && !ids[i].is_null(), "xblock.child", entry, "a data block",
                ids[i].value);
    const std::size_t bytes = blocks_.size_of(ids[i]);
    if (i + 1 < ids.size() && bytes > 0)
      out_.equal("xblock.leaf-size", entry, bytes, m_.layout.block_max_data);
    total += bytes;
  }
  return total;
}

std::uint64_t BlockCheck::check_x_blocks(const std::vector<Bid>& ids, const Where& where) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Where entry{&where, "entry", i, ""};
    const BlockPtr child = ids[i].is_internal() ? blocks_.load(ids[i]) : nullptr;
    const auto head = child ? decode<disk::XBlock>(as_bytes(*child)) : disk::XBlock{};
    const bool fits = head && head->btype == disk::kBlockTypeData && head->cLevel == 1;
    out_.expect(fits, "xblock.child", entry, "an XBLOCK", ids[i].value);
    if (!fits) continue;
    total += head->lcbTotal;
    const std::uint64_t full = std::uint64_t{head->cEnt} * m_.layout.block_max_data;
    if (i + 1 < ids.size()) out_.equal("xblock.leaf-size", entry, head->lcbTotal, full);
  }
  return total;
}

Status BlockCheck::check_subnodes(Bytes block, const Where& where, std::uint64_t bid) {
  Reader r(block);
  disk::SubnodeBlock head;
  disk::read_as(m_.layout.form, r, head);
  const std::size_t front = r.pos(), entry_bytes = m_.layout.word_bytes * (head.cLevel == 0 ? 3 : 2);
  const std::size_t most = (m_.layout.block_max_data - front) / entry_bytes;
  out_.expect(head.cEnt > 0 && head.cEnt <= most, "slblock.count", where, "1 to what a block can hold",
              head.cEnt);
  out_.equal("slblock.size", where, block.size(), front + entry_bytes * head.cEnt);
  out_.equal("slblock.padding", where, head.dwPadding, 0);
  const Bytes entries = block.subspan(std::min(front, block.size()));
  const std::size_t n = std::min<std::size_t>(head.cEnt, entries.size() / entry_bytes);
  return head.cLevel == 0 ? check_entries<disk::SlEntry>(entries, n, where, bid)
                          : check_entries<disk::SiEntry>(entries, n, where, bid);
}

template <class Entry>
Status BlockCheck::check_entries(Bytes entries, std::size_t n, const Where& where, std::uint64_t bid) {
  Reader r(entries);
  std::vector<Entry> all(n);
  for (Entry& e : all) disk::read_as(m_.layout.form, r, e);
  for (std::size_t i = 0; i < n; ++i) {
    const Where entry{&where, "entry", i, ""};
    out_.equal("slblock.nid-high", entry, all[i].nidPadding, 0);
    out_.expect(i == 0 || all[i].nid > all[i - 1].nid, "slblock.order", entry, "above the NID before it",
                all[i].nid);
    constexpr std::uint32_t kNone = 0xFFFFFFFF;
    TRY(check_entry(all[i], entry, bid, i + 1 < n ? all[i + 1].nid : kNone));
  }
  return ok;
}

Status BlockCheck::check_entry(const disk::SlEntry& e, const Where& where, std::uint64_t bid,
                               std::uint32_t /*next*/) {
  count_index(Nid(e.nid), true, totals_, out_, where);
  TRY(references_.add(Bid(e.bidData), BlockKind::kData, bid, true));
  TRY(references_.add(Bid(e.bidSub), BlockKind::kSubnodes, bid, true));
  out_.expect(Bid(e.bidSub).is_null() || Bid(e.bidSub).is_internal(), "bid.kind", where, "an internal block",
              e.bidSub);
  return ok;
}

Status BlockCheck::check_entry(const disk::SiEntry& e, const Where& where, std::uint64_t bid,
                               std::uint32_t next) {
  TRY(references_.add(Bid(e.bid), BlockKind::kAny, bid, true));
  const BlockPtr child = Bid(e.bid).is_internal() ? blocks_.load(Bid(e.bid)) : nullptr;
  const bool is_leaf =
      child && child->size() > 1 && (*child)[0] == disk::kBlockTypeSubnodes && (*child)[1] == 0;
  out_.expect(is_leaf, "slblock.level", where, "an SLBLOCK", e.bid);
  if (!is_leaf) return ok;
  const Subnodes inner = Subnodes::read(blocks_, Bid(e.bid));
  out_.equal("siblock.key", where, inner.empty() ? 0 : inner.begin()->nid.value, e.nid);
  out_.expect(inner.empty() || std::prev(inner.end())->nid.value < next, "slblock.order", where,
              "NIDs below the next entry's", next);
  return ok;
}

}  // namespace mk::pst::check
