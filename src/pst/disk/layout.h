#pragma once
#include "pst/disk/block.h"
#include "pst/disk/page.h"
#include "pst/disk/table.h"

namespace mk::pst::disk {

/// Sizes and places of pages and blocks in one form of the format, as numbers.
///
/// Spec:    [MS-PST] 2.2.2.7, 2.2.2.8; kUnicode4K: docs/formats/pst.md
struct Layout {
  Form form = Form::kUnicode;
  std::size_t word_bytes = 8;  // of a BID, an offset, a B-tree key

  std::size_t page_bytes = 0;
  std::size_t page_trailer_at = 0;   // PAGETRAILER.dwCRC is over what is before it
  std::size_t bt_entries_bytes = 0;  // room for entries in a B-tree page
  std::size_t bt_entry = 0, nbt_entry = 0, bbt_entry = 0;

  std::size_t block_align = 0, block_max_bytes = 0, block_trailer = 0;
  std::size_t block_max_data = 0;                 // what a block can hold
  std::size_t xblock_entries = 0;                 // of a full XBLOCK
  std::uint64_t inflation = 1;                    // no block holds more than so many times its stored bytes
  unsigned hid_index_bits = 11;                   // of an HID; its block index is above them
  std::size_t row_id = 0;                         // TCROWID
  std::uint64_t dlist_at = 0, first_amap_at = 0;  // map pages
  std::size_t amap_bits_at = 0;                   // of an AMap page
  std::size_t amap_bits_bytes = 0;

  /// The BID, offset or key at a place.
  std::uint64_t word(const std::byte* at) const {
    return word_bytes == 4 ? load_le<std::uint32_t>(at) : load_le<std::uint64_t>(at);
  }
  /// Bytes that one AMap page stands for.
  constexpr std::uint64_t amap_interval() const { return std::uint64_t{amap_bits_bytes} * 8 * block_align; }
  /// Bytes that a block with `cb` stored bytes takes in the file, padding and trailer included.
  constexpr std::size_t block_bytes(std::size_t cb) const {
    return (cb + block_trailer + block_align - 1) / block_align * block_align;
  }
};

template <Form F>
consteval Layout make_layout() {
  constexpr bool is_4k = F == Form::kUnicode4K;
  Layout l;
  l.form = F;
  l.word_bytes = F == Form::kAnsi ? 4 : 8;
  l.page_bytes = is_4k ? 4096 : kPageBytes;
  l.page_trailer_at = l.page_bytes - size_in<PageTrailer, F>();
  l.bt_entries_bytes = l.page_bytes - size_in<BtPageTail, F>();
  l.bt_entry = size_in<BtEntry, F>();
  l.nbt_entry = size_in<NbtEntry, F>();
  l.bbt_entry = size_in<BbtEntry, F>();
  l.block_align = is_4k ? 512 : kBlockAlign;
  l.block_max_bytes = is_4k ? 65536 : kBlockMaxBytes;
  l.block_trailer = size_in<BlockTrailer, F>();
  l.block_max_data = l.block_max_bytes - l.block_trailer;
  l.xblock_entries = (l.block_max_data - size_in<XBlock, F>()) / l.word_bytes;
  l.inflation = is_4k ? 1032 : 1;  // the most that deflate makes of a byte
  l.hid_index_bits = is_4k ? 14 : 11;
  l.row_id = size_in<TcRowId, F>();
  l.dlist_at = is_4k ? 0x21000 : kDListAt;
  l.first_amap_at = is_4k ? 0x22000 : kFirstAMapAt;
  l.amap_bits_at = F == Form::kAnsi ? 4 : 0;
  l.amap_bits_bytes = l.page_trailer_at - l.amap_bits_at;
  return l;
}

inline constexpr Layout kAnsiLayout = make_layout<Form::kAnsi>();
inline constexpr Layout kUnicodeLayout = make_layout<Form::kUnicode>();
inline constexpr Layout kUnicode4KLayout = make_layout<Form::kUnicode4K>();
constexpr const Layout& layout_of(Form form) {
  return form == Form::kAnsi ? kAnsiLayout : form == Form::kUnicode4K ? kUnicode4KLayout : kUnicodeLayout;
}
static_assert(kUnicodeLayout.amap_interval() == kAMapInterval &&
              kAnsiLayout.amap_interval() == kAMapInterval);

}  // namespace mk::pst::disk
