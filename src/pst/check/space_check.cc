#include "pst/check/space_check.h"

#include <bit>
#include <set>

#include "pst/disk/crc.h"

namespace mk::pst::check {
namespace {

using disk::PageType;

/// Which AMaps other maps follow, by what [MS-PST] says of their sizes: a PMap byte holds 8 pages, an FMap
/// has 496 bytes of one AMap each, an FPMap as many bytes of 8 PMap pages each.
constexpr std::uint64_t kPMapEvery = 8, kFMapFirst = 128, kFPMapFirst = std::uint64_t{128} * 64;

bool is_every(std::uint64_t k, std::uint64_t first, std::uint64_t step) {
  return k >= first && (k - first) % step == 0;
}

}  // namespace

Status SpaceCheck::run(Sorter<Extent>& extents, const Progress& progress) {
  n_intervals_ = m_.intervals();
  const std::uint64_t slots = m_.layout.amap_interval() / m_.layout.block_align;
  owned_.assign(slots, false);
  is_map_.assign(slots, false);
  if (!m_.is_4k()) density_list();
  if (n_intervals_ > 0) open(0);
  TRY(extents.sort());
  for (std::uint64_t n = 0;; ++n) {
    TRY_ASSIGN(const auto e, extents.next());
    if (!e) break;
    TRY(extent(*e));
    if (n % 1024 == 0) TRY(progress(e->ib));
  }
  if (n_intervals_ == 0) return ok;
  TRY(reach(n_intervals_ - 1));
  close();
  return ok;
}

Result<Bytes> SpaceCheck::window(std::uint64_t at, std::size_t n) {
  constexpr std::uint64_t kWindow = std::uint64_t{1} << 20;
  if (at < window_at_ || at + n > window_at_ + window_.size()) {
    window_.resize(std::min(std::max<std::uint64_t>(kWindow, n), m_.size - at));
    window_at_ = at;
    TRY(m_.storage->read_at(at, std::as_writable_bytes(std::span(window_))));
  }
  return as_bytes(window_).subspan(at - window_at_, n);
}

Status SpaceCheck::extent(const Extent& e) {
  const Where where{nullptr, e.is_page != 0 ? "page" : "block", e.bid, ""};
  const disk::Layout& l = m_.layout;
  const std::size_t bytes = e.is_page != 0 ? l.page_bytes : l.block_bytes(e.cb);
  if (e.is_page == 0) {
    out_.expect(e.ib % l.block_align == 0 && e.ib >= l.first_amap_at && m_.holds(e.ib, bytes), "block.place",
                where, "an aligned place within the file", e.ib);
    const bool sized = e.cb > 0 && e.cb <= l.block_max_data && e.inflated <= l.block_max_data;
    out_.expect(sized, "block.size", where, "1 to what a block can hold", e.cb);
  }
  if (e.ib < l.first_amap_at || !m_.holds(e.ib, bytes)) return ok;
  TRY(reach((e.ib - l.first_amap_at) / l.amap_interval()));
  const bool alone = own(e.ib, bytes, where);
  if (e.is_page != 0) return ok;
  constexpr std::uint64_t kUnits = 16;  // for each byte: checksum, and what internal blocks list
  if (alone)
    work_.grant(bytes);
  else if (!work_.spend(kUnits * bytes))
    return ok;
  TRY_ASSIGN(const Bytes whole, window(e.ib, bytes));
  return blocks_.run(e, whole);
}

bool SpaceCheck::own(std::uint64_t at, std::uint64_t bytes, const Where& where) {
  const std::uint64_t from = m_.interval_at(interval_), align = m_.layout.block_align;
  const std::uint64_t end = from + m_.layout.amap_interval();
  out_.expect(at + bytes <= end, "amap.crosses-interval", where, "an end within the interval", at + bytes);
  bool overlaps = at < owned_to_;
  for (std::uint64_t slot = (at - from) / align; slot < owned_.size() && from + slot * align < at + bytes;
       ++slot) {
    overlaps = overlaps || owned_[slot];
    owned_[slot] = true;
  }
  out_.expect(!overlaps, "amap.overlap", where, "bytes of its own", at);
  owned_to_ = std::max(owned_to_, at + bytes);
  return !overlaps;
}

Status SpaceCheck::reach(std::uint64_t k) {
  while (interval_ < k && interval_ + 1 < n_intervals_) {
    close();
    open(interval_ + 1);
  }
  return ok;
}

void SpaceCheck::own_map(std::uint64_t at, PageType type) {
  const char* name = type == PageType::kAMap   ? "AMap"
                     : type == PageType::kPMap ? "PMap"
                     : type == PageType::kFMap ? "FMap"
                                               : "FPMap";
  const Where where{nullptr, name, at, ""};
  const std::uint64_t align = m_.layout.block_align;
  for (std::uint64_t i = 0; i < m_.layout.page_bytes / align; ++i) {
    owned_[(at - m_.interval_at(interval_)) / align + i] = true;
    is_map_[(at - m_.interval_at(interval_)) / align + i] = true;
  }
  ByteString page;
  if (!map_page(at, type, where, page) || type == PageType::kAMap) return;
  const Bytes content = as_bytes(page).first(m_.layout.page_trailer_at);
  const std::size_t from = m_.layout.amap_bits_at;
  const bool full = std::all_of(content.begin() + static_cast<std::ptrdiff_t>(from), content.end(),
                                [](std::byte b) { return b == std::byte{0xFF}; });
  const char* expected = "all 0xFF";
  if (type == PageType::kPMap) out_.expect(full, "pmap.content", where, expected, "other bytes");
  if (type == PageType::kFMap) out_.expect(full, "fmap.content", where, expected, "other bytes");
  if (type == PageType::kFPMap) out_.expect(full, "fpmap.content", where, expected, "other bytes");
}

void SpaceCheck::open(std::uint64_t k) {
  interval_ = k;
  std::fill(owned_.begin(), owned_.end(), false);
  std::fill(is_map_.begin(), is_map_.end(), false);
  const std::uint64_t at = m_.interval_at(k), page = m_.layout.page_bytes;
  own_map(at, PageType::kAMap);
  if (!m_.is_4k()) {  // whose files have blocks there
    const std::uint64_t per_fmap = m_.layout.amap_bits_bytes;
    if (k % kPMapEvery == 0) own_map(at + page, PageType::kPMap);
    if (is_every(k, kFMapFirst, per_fmap)) own_map(at + 2 * page, PageType::kFMap);
    if (is_every(k, kFPMapFirst, per_fmap * 64)) own_map(at + 2 * page, PageType::kFPMap);
  }
  for (std::uint64_t slot = 0; at + slot * m_.layout.block_align < owned_to_ && slot < owned_.size(); ++slot)
    owned_[slot] = true;
}

/// Compares the AMap with who owns what.
void SpaceCheck::close() {
  const std::uint64_t at = m_.interval_at(interval_), align = m_.layout.block_align;
  const Where where{nullptr, "AMap", at, ""};
  ByteString page;
  if (!m_.read(at, m_.layout.page_bytes, page)) return;
  const Bytes bits = as_bytes(page).subspan(m_.layout.amap_bits_at);
  std::uint64_t leaked = 0;
  for (std::size_t slot = 0; slot < owned_.size(); ++slot) {
    const bool set = (std::to_integer<unsigned>(bits[slot / 8]) & 0x80u >> slot % 8) != 0;
    if (!set) totals_.amap_free += align;
    if (set == owned_[slot]) continue;
    const Where here{&where, "slot at", at + slot * align, ""};
    if (set)
      leaked += align;
    else if (is_map_[slot])
      out_.add("amap.self", here, "allocated: a map page", "free");
    else
      out_.add("amap.not-allocated", here, "allocated", "free");
  }
  out_.expect(leaked == 0, "amap.leak", where, "every allocated byte owned", leaked);
}

/// False when there is no page at all.
bool SpaceCheck::map_page(std::uint64_t at, PageType type, const Where& where, ByteString& page) {
  if (!m_.read(at, m_.layout.page_bytes, page)) return false;
  const Bytes bytes = as_bytes(page);
  const auto t = disk::decode_as<disk::PageTrailer>(m_.layout.form, bytes.subspan(m_.layout.page_trailer_at));
  out_.equal("map.type", {&where, "", 0, "ptype"}, static_cast<unsigned>(t->ptype),
             static_cast<unsigned>(type));
  out_.equal("map.type", {&where, "", 0, "ptypeRepeat"}, static_cast<unsigned>(t->ptypeRepeat),
             static_cast<unsigned>(type));
  out_.equal("map.crc", where, t->dwCRC, disk::crc(bytes.first(m_.layout.page_trailer_at)));
  out_.equal("map.signature", where, t->wSig, 0);
  out_.equal("map.bid", where, t->bid, at);
  return true;
}

std::uint64_t SpaceCheck::free_slots(std::uint64_t k) const {
  ByteString page;
  if (!m_.read(m_.interval_at(k), m_.layout.page_bytes, page)) return 0;
  std::uint64_t used = 0;
  for (std::size_t i = 0; i < m_.layout.amap_bits_bytes; ++i)
    used +=
        static_cast<unsigned>(std::popcount(static_cast<unsigned char>(page[m_.layout.amap_bits_at + i])));
  return m_.layout.amap_bits_bytes * 8 - used;
}

void SpaceCheck::density_list() {
  const Where where{nullptr, "DList", m_.layout.dlist_at, ""};
  ByteString page;
  if (!m_.read(m_.layout.dlist_at, m_.layout.page_bytes, page)) return;
  const Bytes bytes = as_bytes(page);
  const auto t = disk::decode_as<disk::PageTrailer>(m_.layout.form, bytes.subspan(m_.layout.page_trailer_at));
  constexpr auto kType = static_cast<unsigned>(PageType::kDList);
  if (static_cast<unsigned>(t->ptype) != kType && static_cast<unsigned>(t->ptypeRepeat) != kType) {
    out_.add("dlist.missing", where, "a page of type 0x86", "none");
    return;
  }
  out_.equal("dlist.type", {&where, "", 0, "ptype"}, static_cast<unsigned>(t->ptype), kType);
  out_.equal("dlist.type", {&where, "", 0, "ptypeRepeat"}, static_cast<unsigned>(t->ptypeRepeat), kType);
  out_.equal("dlist.crc", where, t->dwCRC, disk::crc(bytes.first(m_.layout.page_trailer_at)));
  out_.equal("dlist.signature", where, t->wSig, disk::signature(m_.layout.dlist_at, t->bid));
  out_.expect(t->bid > 0 && t->bid <= m_.header.bidNextP, "dlist.bid", where,
              "the id of a page: genuine files take bidNextP for it", t->bid);
  if (const auto list = decode<disk::DListPage>(bytes)) density_entries(*list, where);
}

void SpaceCheck::density_entries(const disk::DListPage& list, const Where& where) {
  constexpr std::size_t kMost = 119;
  out_.expect(list.bFlags <= 1, "dlist.flags", where, "0 or 1", list.bFlags);
  out_.expect(list.cEntDList <= kMost, "dlist.count", where, "at most 119", list.cEntDList);
  out_.expect(list.ulCurrentPage == 0 || list.ulCurrentPage < n_intervals_, "dlist.current", where,
              "an AMap of the file", list.ulCurrentPage);
  std::set<std::uint32_t> seen;
  std::uint32_t last_free = 0xFFF;
  bool padded = list.wPadding == 0 && std::all_of(list.rgPadding.begin(), list.rgPadding.end(),
                                                  [](std::uint8_t b) { return b == 0; });
  for (std::size_t i = 0; i < kMost; ++i) {
    const std::uint32_t e = list.rgDListPageEnt[i], page = e & 0xFFFFF;
    if (i >= list.cEntDList) {
      padded = padded && e == 0;
      continue;
    }
    const Where entry{&where, "entry", i, ""};
    const bool fits = page < n_intervals_ && seen.insert(page).second;
    out_.expect(fits, "dlist.entry", entry, "an AMap of the file, once", page);
    if (page < n_intervals_) out_.equal("dlist.free", entry, e >> 20, free_slots(page));
    out_.expect(e >> 20 <= last_free, "dlist.order", entry, "no more free slots than the entry before it",
                e >> 20);
    last_free = e >> 20;
  }
  out_.expect(padded, "dlist.padding", where, "zeros in wPadding and behind the entries", "other bytes");
}

}  // namespace mk::pst::check
