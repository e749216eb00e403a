#include "pst/ndb/scan.h"

#include <algorithm>

#include "pst/disk/crc.h"

namespace mk::pst::ndb {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

/// A piece of the file with enough of what is before it for the longest block that ends in it.
struct Window {
  ByteString bytes;
  std::uint64_t begin = 0;  // of `bytes`, in the file
  Bytes at(std::uint64_t from, std::size_t n) const {
    return as_bytes(bytes).subspan(static_cast<std::size_t>(from - begin), n);
  }
};

class Scan {
 public:
  Scan(const Storage& storage, const disk::Layout& layout, const ScanOptions& options,
       const ScanVisitor& visitor)
      : storage_(storage), l_(layout), options_(options), visitor_(visitor) {}

  Status run() {
    const std::uint64_t end = storage_.size();
    for (std::uint64_t from = 0; from < end; from += kPieceBytes) {
      const std::uint64_t to = std::min<std::uint64_t>(from + kPieceBytes, end);
      window_.begin = from - std::min<std::uint64_t>(from, l_.block_max_bytes);
      window_.bytes.resize(static_cast<std::size_t>(to - window_.begin));
      TRY(storage_.read_at(window_.begin, std::as_writable_bytes(std::span(window_.bytes))));
      for (std::uint64_t at = from + l_.block_align; at <= to; at += l_.block_align) visit_end(at);
    }
    return ok;
  }

 private:
  /// Looks at what may end at a place.
  void visit_end(std::uint64_t end) {
    if (end % l_.page_bytes == 0 && visit_page(end - l_.page_bytes)) return;
    visit_block(end);
  }

  bool visit_page(std::uint64_t ib) {
    if (ib < window_.begin) return false;
    const Bytes page = window_.at(ib, l_.page_bytes);
    const auto trailer = disk::decode_as<disk::PageTrailer>(l_.form, page.subspan(l_.page_trailer_at));
    if (!trailer || trailer->ptype != trailer->ptypeRepeat || trailer->ptype < disk::PageType::kBBT ||
        trailer->ptype > disk::PageType::kDList)
      return false;
    if (options_.verify_checksums && trailer->dwCRC != disk::crc(page.first(l_.page_trailer_at)))
      return false;
    if (trailer->ptype == disk::PageType::kAMap && trailer->bid == ib) take_map(page, ib);
    if (trailer->ptype == disk::PageType::kNBT && trailer->wSig == disk::signature(ib, trailer->bid) &&
        (!options_.trust_maps || is_allocated(ib)))
      visit_node_page(page);
    return true;
  }

  void visit_node_page(Bytes page) {
    const auto tail = disk::decode_as<disk::BtPageTail>(l_.form, page.subspan(l_.bt_entries_bytes));
    if (!tail || tail->cLevel != 0 || tail->cbEnt < l_.nbt_entry) return;
    const std::size_t bytes = std::size_t{tail->cEnt} * tail->cbEnt;
    if (bytes <= l_.bt_entries_bytes) visitor_.node_page(tail->pageTrailer, page.first(bytes), tail->cbEnt);
  }

  void visit_block(std::uint64_t end) {
    if (end < window_.begin + l_.block_trailer) return;
    const auto t =
        disk::decode_as<disk::BlockTrailer>(l_.form, window_.at(end - l_.block_trailer, l_.block_trailer));
    if (!t || t->cb == 0 || t->cb > l_.block_max_data || t->bid == 0) return;
    const std::uint64_t bytes = l_.block_bytes(t->cb);
    if (bytes > end || end - bytes < window_.begin) return;
    const std::uint64_t ib = end - bytes;
    if (t->wSig != disk::signature(ib, t->bid)) return;
    if (options_.verify_checksums && t->dwCRC != disk::crc(window_.at(ib, t->cb))) return;
    disk::BbtEntry entry;
    entry.BREF = {t->bid, ib};
    entry.cb = t->cb;
    entry.cbInflated = t->cbInflated;
    entry.cRef = is_allocated(ib) ? 2 : 0;
    visitor_.block(entry);
  }

  void take_map(Bytes page, std::uint64_t ib) {
    if (ib < l_.first_amap_at || (ib - l_.first_amap_at) % l_.amap_interval() != 0) return;
    map_ = ByteString(as_chars(page.subspan(l_.amap_bits_at, l_.amap_bits_bytes)));
    map_at_ = ib;
  }

  /// Where the map is damaged, everything may be in use.
  bool is_allocated(std::uint64_t ib) const {
    if (map_.empty() || ib < map_at_ || ib - map_at_ >= l_.amap_interval()) return true;
    const std::uint64_t bit = (ib - map_at_) / l_.block_align;
    return (static_cast<unsigned char>(map_[static_cast<std::size_t>(bit / 8)]) & (0x80u >> bit % 8)) != 0;
  }

  const Storage& storage_;
  const disk::Layout& l_;
  const ScanOptions& options_;
  const ScanVisitor& visitor_;
  Window window_;
  ByteString map_;  // of the interval that begins at map_at_
  std::uint64_t map_at_ = 0;
};

}  // namespace

Status scan(const Storage& storage, const disk::Layout& layout, const ScanOptions& options,
            const ScanVisitor& visitor) {
  return Scan(storage, layout, options, visitor).run();
}

}  // namespace mk::pst::ndb
