#include "pst/check/btree.h"

#include "pst/disk/crc.h"

namespace mk::pst::check {
namespace {

constexpr int kMaxLevels = 8;

const char* name_of(disk::PageType type) { return type == disk::PageType::kNBT ? "NBT page" : "BBT page"; }

}  // namespace

std::size_t TreeCheck::entry_bytes(int level) const {
  const disk::Layout& l = m_.layout;
  return level > 0 ? l.bt_entry : type_ == disk::PageType::kNBT ? l.nbt_entry : l.bbt_entry;
}

Status TreeCheck::run(disk::PageType type, const Visit& visit) {
  type_ = type;
  met_.clear();
  const disk::Root& root = m_.header.root;
  Wanted wanted;
  wanted.at = type == disk::PageType::kNBT ? root.BREFNBT : root.BREFBBT;
  return page(wanted, visit);
}

bool TreeCheck::check_place(const disk::Bref& at, const Where& where) {
  const bool fits = at.ib % m_.layout.page_bytes == 0 && m_.holds(at.ib, m_.layout.page_bytes);
  out_.expect(fits, "page.place", where, "a page within the file", at.ib);
  if (!m_.holds(at.ib, m_.layout.page_bytes)) return false;
  const bool fresh = met_.insert(at.ib / m_.layout.page_bytes);
  out_.expect(fresh, "btree.endless", where, "one way that leads to it", "another");
  return fresh;
}

void TreeCheck::check_trailer(Bytes bytes, const disk::PageTrailer& t, const disk::Bref& at,
                              const Where& where) {
  out_.equal("page.type", {&where, "", 0, "ptype"}, static_cast<unsigned>(t.ptype),
             static_cast<unsigned>(type_));
  out_.equal("page.type", {&where, "", 0, "ptypeRepeat"}, static_cast<unsigned>(t.ptypeRepeat),
             static_cast<unsigned>(type_));
  out_.equal("page.crc", where, t.dwCRC, disk::crc(bytes.first(m_.layout.page_trailer_at)));
  out_.equal("page.signature", where, t.wSig, disk::signature(at.ib, t.bid));
  out_.equal("page.bid", where, t.bid, at.bid);
  if (m_.is_4k()) out_.equal("page.trailer-4k", where, t.unknown4K, 1);
}

/// False when the entries cannot be told.
bool TreeCheck::check_tail(const disk::BtPageTail& t, const Wanted& wanted, const Where& where) {
  if (wanted.level >= 0)
    out_.equal("btree.level", where, t.cLevel, static_cast<unsigned>(wanted.level));
  else
    out_.expect(t.cLevel < kMaxLevels, "btree.level", where, "below 8", t.cLevel);
  const int level = wanted.level >= 0 ? wanted.level : t.cLevel;
  if (level >= kMaxLevels) return false;
  const std::size_t bytes = entry_bytes(level), room = m_.layout.bt_entries_bytes / bytes;
  out_.equal("btree.entry-size", where, t.cbEnt, bytes);
  out_.equal("btree.max-count", where, t.cEntMax, room);
  out_.expect(t.cEnt <= room && t.cEnt <= t.cEntMax, "btree.count", where, "not above cEntMax", t.cEnt);
  out_.expect(t.cEnt > 0 || wanted.level < 0, "btree.empty-page", where, "at least one entry", t.cEnt);
  out_.equal("btree.padding", where, t.dwPadding, 0);
  for (const auto b : t.padding4K) out_.equal("btree.padding", where, b, 0);
  return true;
}

void TreeCheck::check_keys(Bytes bytes, std::size_t n, std::size_t stride, const Wanted& wanted,
                           const Where& where) {
  std::uint64_t last = 0;
  const std::uint64_t mask = type_ == disk::PageType::kNBT ? 0xFFFFFFFF : ~std::uint64_t{0};
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t raw = m_.layout.word(bytes.data() + i * stride), key = raw & mask;
    const Where entry{&where, "entry", i, ""};
    out_.equal("btree.key-high", entry, raw >> 32, key >> 32);
    if (i == 0 && wanted.first) out_.equal("btree.first-key", entry, key, *wanted.first & mask);
    out_.expect(i == 0 || key > last, "btree.key-order", entry, "above the key before it", key);
    out_.expect(key < (wanted.end == ~std::uint64_t{0} ? wanted.end : wanted.end & mask), "btree.key-range",
                entry, "below the next key of the parent", key);
    last = key;
  }
}

Status TreeCheck::page(const Wanted& wanted, const Visit& visit) {
  const Where where{nullptr, name_of(type_), wanted.at.ib, ""};
  ByteString raw;
  if (!check_place(wanted.at, where) || !m_.read(wanted.at.ib, m_.layout.page_bytes, raw)) return ok;
  const Bytes bytes = as_bytes(raw);
  const auto tail =
      disk::decode_as<disk::BtPageTail>(m_.layout.form, bytes.subspan(m_.layout.bt_entries_bytes));
  if (!tail) return tail.error();
  check_trailer(bytes, tail->pageTrailer, wanted.at, where);
  greatest_bid_ = std::max(greatest_bid_, wanted.at.bid);
  TRY(extents_.add({wanted.at.ib, wanted.at.bid, 0, 0, 1}));
  TRY(page_bids_.add(wanted.at.bid));
  if (!check_tail(*tail, wanted, where)) return ok;
  const int level = wanted.level >= 0 ? wanted.level : tail->cLevel;
  const std::size_t n = std::min<std::size_t>(tail->cEnt, m_.layout.bt_entries_bytes / entry_bytes(level));
  check_keys(bytes, n, entry_bytes(level), wanted, where);
  return descend(bytes, n, level, wanted, visit, where);
}

Status TreeCheck::descend(Bytes bytes, std::size_t n, int level, const Wanted& wanted, const Visit& visit,
                          const Where& where) {
  const std::size_t stride = entry_bytes(level);
  for (std::size_t i = 0; i < n; ++i) {
    const Bytes entry = bytes.subspan(i * stride, stride);
    if (level == 0) {
      LeafEntry leaf{};
      std::copy(entry.begin(), entry.end(), leaf.begin());
      TRY(visit(leaf, {&where, "entry", i, ""}));
      continue;
    }
    TRY_ASSIGN(const auto child, disk::decode_as<disk::BtEntry>(m_.layout.form, entry));
    Wanted next{child.BREF, level - 1, child.btkey, wanted.end};
    if (i + 1 < n) next.end = m_.layout.word(bytes.data() + (i + 1) * stride);
    TRY(page(next, visit));
  }
  return ok;
}

TreeIndex::TreeIndex(const Medium& medium, disk::PageType type, Work& work)
    : m_(medium),
      work_(work),
      root_(type == disk::PageType::kNBT ? medium.header.root.BREFNBT : medium.header.root.BREFBBT),
      is_nbt_(type == disk::PageType::kNBT),
      mask_(is_nbt_ ? 0xFFFFFFFF : ~std::uint64_t{1}) {
  constexpr std::size_t kCacheBytes = std::size_t{4} << 20;
  slots_.resize(kCacheBytes / m_.layout.page_bytes);
}

const ByteString* TreeIndex::page(std::uint64_t at) {
  Slot& slot = slots_[at / m_.layout.page_bytes % slots_.size()];
  if (slot.at == at && !slot.bytes.empty()) return &slot.bytes;
  if (!work_.spend(2 * m_.layout.page_bytes)) return nullptr;
  slot.at = at;
  if (!m_.read(at, m_.layout.page_bytes, slot.bytes)) slot.bytes.clear();
  return slot.bytes.empty() ? nullptr : &slot.bytes;
}

std::optional<LeafEntry> TreeIndex::find(std::uint64_t key) {
  constexpr std::uint64_t kUnits = 128;
  if (!work_.spend(kUnits)) return {};
  key &= mask_;
  const disk::Layout& l = m_.layout;
  std::uint64_t at = root_.ib;
  for (int level = -1, depth = 0; depth < kMaxLevels; ++depth) {
    const ByteString* raw = page(at);
    if (raw == nullptr) return {};
    const Bytes bytes = as_bytes(*raw);
    const auto tail = disk::decode_as<disk::BtPageTail>(l.form, bytes.subspan(l.bt_entries_bytes));
    if (level < 0) level = tail->cLevel;
    const std::size_t stride = level > 0 ? l.bt_entry : is_nbt_ ? l.nbt_entry : l.bbt_entry;
    std::size_t low = 0, high = std::min<std::size_t>(tail->cEnt, l.bt_entries_bytes / stride);
    while (low < high) {  // the first above the key
      const std::size_t middle = (low + high) / 2;
      if ((l.word(bytes.data() + middle * stride) & mask_) <= key)
        low = middle + 1;
      else
        high = middle;
    }
    if (low == 0) return {};
    const Bytes entry = bytes.subspan((low - 1) * stride, stride);
    if (level == 0) {
      if ((l.word(entry.data()) & mask_) != key) return {};
      LeafEntry out{};
      std::copy(entry.begin(), entry.end(), out.begin());
      return out;
    }
    at = l.word(entry.data() + 2 * l.word_bytes);  // BTENTRY.BREF.ib
    --level;
  }
  return {};
}

}  // namespace mk::pst::check
