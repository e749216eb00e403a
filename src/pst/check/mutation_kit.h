#pragma once
// For tests only: a PST in memory whose parts can be broken one at a time, everything above signed anew.
#include <functional>

#include "pst/disk/crc.h"
#include "pst/disk/crypt.h"
#include "pst/disk/layout.h"
#include "pst/ndb/database.h"

namespace mk::pst::check {

class Kit {
 public:
  static constexpr std::size_t kNowhere = 0xFFFF;  // no block has so many bytes
  explicit Kit(ByteString file) : bytes(std::move(file)) {
    db_ = *ndb::Database::open(ndb::make_memory_storage(bytes), {});
    root_ = ndb::read_header(*ndb::make_memory_storage(bytes), {})->fields.root;
    layout = disk::layout_of(get<std::uint16_t>(10) < 23 ? disk::Form::kAnsi : disk::Form::kUnicode);
    find_pages(root_.BREFNBT.ib, nbt_pages);
    find_pages(root_.BREFBBT.ib, bbt_pages);
  }

  ByteString bytes;
  disk::Layout layout;        // Unicode, or ANSI
  mutable bool lost = false;  // something that was looked for is not there
  /// A leaf page of a B-tree, and the entry that leads to it.
  struct Leaf {
    std::size_t at, parent, entry;
  };
  std::vector<Leaf> nbt_pages, bbt_pages;

  template <class T>
  T get(std::size_t at) const {
    return load_le<T>(bytes.data() + at);
  }
  template <class T>
  void put(std::size_t at, T v) {
    std::memcpy(bytes.data() + at, &v, sizeof v);
  }

  std::uint64_t get_word(std::size_t at) const { return layout.word(as_bytes(bytes).data() + at); }
  void put_word(std::size_t at, std::uint64_t v) { std::memcpy(bytes.data() + at, &v, layout.word_bytes); }

  template <class T>
  void header(std::size_t at, T v) {
    put(at, v);
    sign_header();
  }
  void sign_header() {
    put(4, disk::crc(as_bytes(bytes).subspan(8, 471)));
    if (!is_ansi()) put(524, disk::crc(as_bytes(bytes).subspan(8, 516)));
  }
  template <class T>
  void page(std::size_t page_at, std::size_t at, T v) {
    put(page_at + at, v);
    sign_page(page_at);
  }

  void sign_page(std::size_t page_at) {
    const std::size_t n = layout.page_trailer_at;
    put(page_at + n + (is_ansi() ? 8 : 4), disk::crc(as_bytes(bytes).subspan(page_at, n)));
  }
  /// Where the counts of a B-tree page are, from its begin.
  std::size_t tail() const { return layout.bt_entries_bytes; }
  bool is_ansi() const { return layout.form == disk::Form::kAnsi; }

  Bid data(std::uint32_t nid) const { return db_->node(Nid(nid))->data; }
  Bid sub(std::uint32_t nid) const { return db_->node(Nid(nid))->sub; }
  std::size_t place(Bid bid) const {
    const auto [page, entry] = bbt(bid);
    return get_word(page + entry + layout.word_bytes);
  }
  std::size_t size(Bid bid) const {
    const auto [page, entry] = bbt(bid);
    return get<std::uint16_t>(page + entry + 2 * layout.word_bytes);
  }
  std::size_t trailer(Bid bid) const {
    return place(bid) + layout.block_bytes(size(bid)) - layout.block_trailer;
  }
  ByteString plain(Bid bid) const {
    ByteString b = bytes.substr(place(bid), size(bid));
    if (!bid.is_internal()) disk::decode_permute(std::as_writable_bytes(std::span(b)));
    return b;
  }
  /// Stores other content of the same length.
  void store(Bid bid, ByteString content) {
    if (!bid.is_internal()) disk::encode_permute(std::as_writable_bytes(std::span(content)));
    bytes.replace(place(bid), content.size(), content);
    put(trailer(bid) + (is_ansi() ? 8 : 4), disk::crc(as_bytes(content)));
  }
  template <class T>
  void block(Bid bid, std::size_t at, T v) {
    ByteString b = plain(bid);
    lost = lost || at + sizeof v > b.size();
    if (lost) return;
    std::memcpy(b.data() + at, &v, sizeof v);
    store(bid, std::move(b));
  }
  /// Leaf `i` of the data of a node, or of an XBLOCK.
  Bid leaf(Bid root, std::size_t i) const {
    if (!root.is_internal()) return root;
    const ByteString b = plain(root);
    return b[1] == 2 ? leaf(word(root, 8), i) : word(root, 8 + layout.word_bytes * i);
  }
  /// What a subnode's SLENTRY begins at, in its SLBLOCK.
  std::size_t entry(Bid sub_root, std::uint32_t nid) const {
    const ByteString b = plain(sub_root);
    const std::size_t stride = 3 * layout.word_bytes;
    for (std::size_t at = is_ansi() ? 4 : 8; at + stride <= b.size(); at += stride)
      if (load_le<std::uint32_t>(b.data() + at) == nid) return at;
    lost = true;
    return {};
  }
  Bid sub_data(Bid sub_root, std::uint32_t nid) const {
    return word(sub_root, entry(sub_root, nid) + layout.word_bytes);
  }
  Bid sub_sub(Bid sub_root, std::uint32_t nid) const {
    return word(sub_root, entry(sub_root, nid) + 2 * layout.word_bytes);
  }
  Bid word(Bid bid, std::size_t at) const {
    const ByteString b = plain(bid);
    return Bid(layout.word(as_bytes(b).data() + at));
  }

  /// Offset of a heap allocation within the first block of a heap.
  static std::size_t allocation(const ByteString& b, std::uint32_t hid, int which = 0) {
    const std::size_t map = load_le<std::uint16_t>(b.data());
    return load_le<std::uint16_t>(b.data() + map + 2 + 2 * (hid >> 5) + 2 * static_cast<std::size_t>(which));
  }
  static std::uint32_t u32(const ByteString& b, std::size_t at) {
    return load_le<std::uint32_t>(b.data() + at);
  }
  /// Offset of the BTHHEADER of a property context, of a record, of its value.
  static std::size_t bth(const ByteString& b) { return allocation(b, u32(b, 4)); }
  static std::size_t property(const ByteString& b, std::uint16_t id) {
    const std::uint32_t root = u32(b, bth(b) + 4);
    for (std::size_t at = allocation(b, root); at < allocation(b, root, 1); at += 8)
      if (load_le<std::uint16_t>(b.data() + at) == id) return at;
    return kNowhere;
  }
  static std::size_t value(const ByteString& b, std::uint16_t id) {
    return allocation(b, u32(b, property(b, id) + 4));
  }
  /// Offset of a column's TCOLDESC.
  static std::size_t column(const ByteString& b, std::uint32_t tag) {
    const std::size_t info = allocation(b, u32(b, 4));
    for (std::size_t at = info + 22; at < allocation(b, u32(b, 4), 1); at += 8)
      if (u32(b, at) == tag) return at;
    return kNowhere;
  }
  /// Offset of row `i` of a table whose rows lie in its heap.
  static std::size_t row(const ByteString& b, std::size_t i) {
    const std::size_t info = allocation(b, u32(b, 4));
    return allocation(b, u32(b, info + 14)) + i * load_le<std::uint16_t>(b.data() + info + 8);
  }
  static std::size_t cell(const ByteString& b, std::size_t i, std::uint32_t tag) {
    return row(b, i) + load_le<std::uint16_t>(b.data() + column(b, tag) + 4);
  }

  /// Edits the block that holds the heap of a node or subnode.
  template <class T>
  void set(Bid bid, const std::function<std::size_t(const ByteString&)>& where, T v) {
    block(bid, where(plain(bid)), v);
  }
  /// Where the leaf entry of a node or block is: its page, and the offset within it.
  std::pair<std::size_t, std::size_t> nbt(std::uint32_t nid) const {
    return find(nbt_pages, nid, layout.nbt_entry);
  }
  std::pair<std::size_t, std::size_t> bbt(Bid bid) const {
    return find(bbt_pages, bid.value, layout.bbt_entry);
  }

 private:
  void find_pages(std::size_t at, std::vector<Leaf>& out, std::size_t parent = 0,
                  std::size_t entry = 0) const {
    if (bytes[at + tail() + 3] == 0) {
      out.push_back({at, parent, entry});
      return;
    }
    for (std::size_t i = 0; i < static_cast<unsigned char>(bytes[at + tail()]); ++i)
      find_pages(get_word(at + layout.bt_entry * i + 2 * layout.word_bytes), out, at, layout.bt_entry * i);
  }
  std::pair<std::size_t, std::size_t> find(const std::vector<Leaf>& pages, std::uint64_t key,
                                           std::size_t stride) const {
    for (const auto& [at, parent, from] : pages)
      for (std::size_t i = 0; i < static_cast<unsigned char>(bytes[at + tail()]); ++i)
        if (get_word(at + i * stride) == key) return {at, i * stride};
    lost = true;
    return {};
  }
  std::shared_ptr<const ndb::Database> db_;
  disk::Root root_;
};

}  // namespace mk::pst::check
