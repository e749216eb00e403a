#include "pst/ndb/btree.h"

#include <fmt/format.h>

#include <algorithm>

#include "pst/disk/crc.h"

namespace mk::pst::ndb {
namespace {

constexpr std::uint8_t kMaxLevels = 8;
constexpr std::uint64_t kNidMask = 0xFFFFFFFF;         // old files leave the upper half of NIDs dirty
constexpr std::uint64_t kBidMask = ~std::uint64_t{1};  // bit 0 of a BID is reserved

}  // namespace

BTree::BTree(std::shared_ptr<const Storage> storage, const disk::Layout& layout, disk::Bref root,
             disk::PageType type, ReadOptions options)
    : storage_(std::move(storage)),
      layout_(layout),
      root_(root),
      type_(type),
      key_mask_(type == disk::PageType::kNBT ? kNidMask : kBidMask),
      options_(options),
      cache_(kCacheBytes / layout.page_bytes) {}

std::size_t BTree::entry_bytes(std::uint8_t level) const {
  if (level > 0) return layout_.bt_entry;
  return type_ == disk::PageType::kNBT ? layout_.nbt_entry : layout_.bbt_entry;
}

std::uint64_t BTree::key_at(const BtPage& page, std::size_t i) const {
  return layout_.word(page.entry(i).data()) & key_mask_;
}

disk::Bref BTree::child_of(const BtPage& page, std::size_t i) const {
  const std::byte* bref = page.entry(i).data() + layout_.word_bytes;  // BTENTRY.BREF
  return {layout_.word(bref), layout_.word(bref + layout_.word_bytes)};
}

BTree::Entry BTree::entry_of(const BtPage& page, std::size_t i) {
  Entry out{};
  const Bytes e = page.entry(i);
  std::copy_n(e.begin(), std::min(e.size(), out.size()), out.begin());
  return out;
}

std::size_t BTree::upper_bound(const BtPage& page, std::uint64_t key) const {
  std::size_t lo = 0, hi = page.n;
  while (lo < hi) {
    const std::size_t mid = (lo + hi) / 2;
    if (key_at(page, mid) <= key)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

Error BTree::damage(const BtPage& page, const char* field, std::uint64_t value, const char* cause) const {
  return {Code::kCorrupt,
          fmt::format("{} page at offset {:#x}: {} is {:#x}, {}", name(), page.ib, field, value, cause)};
}

Result<BTree::PagePtr> BTree::page(disk::Bref at, std::optional<std::uint8_t> level) const {
  const std::size_t slot = static_cast<std::size_t>(at.ib / layout_.page_bytes % cache_.size());
  PagePtr found;
  {
    const std::lock_guard lock(mutexes_[slot % kStripes]);
    found = cache_[slot];
  }
  if (!found || found->ib != at.ib || found->bid != at.bid) {
    TRY_ASSIGN(found, load(at));
    const std::lock_guard lock(mutexes_[slot % kStripes]);
    cache_[slot] = found;
  }
  if (level && found->level != *level)
    return damage(*found, "BTPAGE.cLevel", found->level, "which is not one less than its parent's");
  return found;
}

Result<BTree::PagePtr> BTree::load(disk::Bref at) const {
  auto page = std::make_shared<BtPage>();
  page->ib = at.ib;
  page->bid = at.bid;
  if (at.ib > storage_->size() || storage_->size() - at.ib < layout_.page_bytes)
    return Error{Code::kTruncated,
                 fmt::format("{} page: BREF.ib {:#x} lies beyond the end of the file", name(), at.ib)};
  page->bytes.resize(layout_.page_bytes);
  TRY(storage_->read_at(at.ib, std::as_writable_bytes(std::span(page->bytes))));
  TRY(check(*page));
  return PagePtr(std::move(page));
}

Status BTree::check_trailer(const BtPage& page, const disk::PageTrailer& trailer) const {
  if (trailer.ptype != type_ || trailer.ptypeRepeat != type_)
    return damage(page, "PAGETRAILER.ptype", static_cast<unsigned>(trailer.ptype),
                  "which is not a page of this tree");
  if (trailer.bid != page.bid)
    return damage(page, "PAGETRAILER.bid", trailer.bid, "which is not the page that was referred to");
  if (options_.verify_checksums &&
      trailer.dwCRC != disk::crc(as_bytes(page.bytes).first(layout_.page_trailer_at)))
    return damage(page, "PAGETRAILER.dwCRC", trailer.dwCRC, "which the page's bytes do not give");
  return ok;
}

Status BTree::check_tail(const BtPage& page, const disk::BtPageTail& tail) const {
  TRY(check_trailer(page, tail.pageTrailer));
  if (tail.cLevel >= kMaxLevels) return damage(page, "BTPAGE.cLevel", tail.cLevel, "which is too deep");
  if (tail.cbEnt < entry_bytes(tail.cLevel))
    return damage(page, "BTPAGE.cbEnt", tail.cbEnt, "which is too small");
  if (std::size_t{tail.cEnt} * tail.cbEnt > layout_.bt_entries_bytes)
    return damage(page, "BTPAGE.cEnt", tail.cEnt, "which is more than fits a page");
  return ok;
}

Status BTree::check(BtPage& page) const {
  const Bytes there = as_bytes(page.bytes).subspan(layout_.bt_entries_bytes);
  TRY_ASSIGN(const auto tail, disk::decode_as<disk::BtPageTail>(layout_.form, there));
  TRY(check_tail(page, tail));
  page.n = tail.cEnt;
  page.stride = tail.cbEnt;
  page.level = tail.cLevel;
  for (std::size_t i = 1; i < page.n; ++i)
    if (key_at(page, i - 1) >= key_at(page, i))
      return damage(page, "BTENTRY.btkey", key_at(page, i), "which is not above the key before it");
  return ok;
}

Status BTree::check_root() const {
  TRY_ASSIGN(const PagePtr root, page(root_, {}));
  return ok;
}

Result<std::optional<BTree::Entry>> BTree::find(std::uint64_t key) const {
  key &= key_mask_;
  disk::Bref at = root_;
  std::optional<std::uint8_t> level;
  for (;;) {
    TRY_ASSIGN(const PagePtr p, page(at, level));
    const std::size_t i = upper_bound(*p, key);
    if (i == 0) return std::optional<Entry>{};
    if (p->level == 0) {
      if (key_at(*p, i - 1) != key) return std::optional<Entry>{};
      return std::optional<Entry>(entry_of(*p, i - 1));
    }
    at = child_of(*p, i - 1);
    level = static_cast<std::uint8_t>(p->level - 1);
  }
}

Status BTree::visit(const std::function<void(const Entry&)>& visitor) const {
  return visit_page(root_, {}, {0, key_mask_}, visitor);
}

// Keys outside the range that the parent gives are damage; therefore no page is visited through two parents
// and the walk ends, whatever the pages say.
Status BTree::visit_page(disk::Bref at, std::optional<std::uint8_t> level, Range range,
                         const std::function<void(const Entry&)>& visitor) const {
  TRY_ASSIGN(const PagePtr p, page(at, level));
  if (p->n == 0) return ok;
  if (key_at(*p, 0) < range.begin || key_at(*p, p->n - 1) > range.end)
    return damage(*p, "BTENTRY.btkey", key_at(*p, 0), "which is outside of what its parent gives");
  Status result = ok;
  for (std::size_t i = 0; i < p->n; ++i) {
    if (p->level == 0) {
      visitor(entry_of(*p, i));
      continue;
    }
    const std::uint64_t end = i + 1 < p->n ? key_at(*p, i + 1) - 1 : range.end;
    Status s =
        visit_page(child_of(*p, i), static_cast<std::uint8_t>(p->level - 1), {key_at(*p, i), end}, visitor);
    if (!s && result) result = std::move(s);
  }
  return result;
}

}  // namespace mk::pst::ndb
