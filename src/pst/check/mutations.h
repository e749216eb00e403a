#pragma once
// For tests only: files to break, ways to break them, and the rules that have to be named then.
#include "pst/check/checker.h"
#include "pst/check/mutation_kit.h"

namespace mk::pst::check {

using Change = std::function<void(Kit&)>;
using Find = std::function<std::size_t(const ByteString&)>;

constexpr std::uint32_t kMessage = 0x200024, kMany = 0x200064, kAssociated = 0x100028;
constexpr std::uint32_t kInbox = 0x80A2, kInboxHierarchy = 0x80AD, kInboxContents = 0x80AE, kFull = 0x80C2,
                        kFullContents = 0x80CE, kFirst = 0x8025, kSecond = 0x8045;

/// A file of our own writer: an inbox, and a folder whose table has hundreds of rows in many heap blocks; and
/// one with a value of 9 MB.
const ByteString& base();
const ByteString& large_base();
CheckReport check(ByteString bytes, bool strict = true);
/// The codes of what was found.
std::string found(const CheckReport& report);

struct Mutation {
  const char* code;
  Change change;
};

/// By layer; those of trees are of large_base(), those of the ANSI form of a genuine file.
const std::vector<Mutation>& ndb_mutations();
const std::vector<Mutation>& ltp_mutations();
const std::vector<Mutation>& messaging_mutations();
/// Every one is named by the code that it is listed with.
void expect_named(const std::vector<Mutation>& mutations, const ByteString& bytes, bool strict = true);

template <class T>
Change header(std::size_t at, T v) {
  return [=](Kit& k) { k.header(at, v); };
}
/// Sets a number in the first heap block of a node.
inline Change in_node(std::uint32_t nid, Find where, std::uint32_t v) {
  return [=](Kit& k) { k.set(k.leaf(k.data(nid), 0), where, v); };
}
inline Change in_node16(std::uint32_t nid, Find where, std::uint16_t v) {
  return [=](Kit& k) { k.set(k.leaf(k.data(nid), 0), where, v); };
}
inline Change in_node8(std::uint32_t nid, Find where, std::uint8_t v) {
  return [=](Kit& k) { k.set(k.leaf(k.data(nid), 0), where, v); };
}
inline Find at(std::size_t n) {
  return [n](const ByteString&) { return n; };
}
inline Find property(std::uint16_t id, std::size_t plus = 4) {
  return [=](const ByteString& b) { return Kit::property(b, id) + plus; };
}
inline Find value(std::uint16_t id, std::size_t plus = 0) {
  return [=](const ByteString& b) { return Kit::value(b, id) + plus; };
}
inline Find info(std::size_t plus) {
  return [=](const ByteString& b) { return Kit::allocation(b, Kit::u32(b, 4)) + plus; };
}
inline Find column(std::uint32_t tag, std::size_t plus) {
  return [=](const ByteString& b) { return Kit::column(b, tag) + plus; };
}
inline Find cell(std::uint32_t tag, std::size_t row = 0) {
  return [=](const ByteString& b) { return Kit::cell(b, row, tag); };
}
inline Find existence(std::uint32_t tag, std::size_t row = 0) {
  return [=](const ByteString& b) {
    const std::size_t bits = load_le<std::uint16_t>(b.data() + Kit::allocation(b, Kit::u32(b, 4)) + 6);
    return Kit::row(b, row) + bits + static_cast<unsigned char>(b[Kit::column(b, tag) + 7]) / 8;
  };
}
inline std::size_t page_map(const ByteString& b) { return load_le<std::uint16_t>(b.data()); }
inline std::size_t bth_root(const ByteString& b) { return Kit::allocation(b, Kit::u32(b, Kit::bth(b) + 4)); }
inline std::size_t row_index(const ByteString& b) {
  const std::uint32_t hid = Kit::u32(b, info(10)(b));
  return Kit::allocation(b, Kit::u32(b, Kit::allocation(b, hid) + 4));
}

/// The attachment `nid` of the rich message.
inline Bid attachment(Kit& k, std::uint32_t nid = kFirst) { return k.sub_data(k.sub(kMessage), nid); }
inline Change in_attachment(Find where, std::uint32_t v, std::uint32_t nid = kFirst) {
  return [=](Kit& k) { k.set(attachment(k, nid), where, v); };
}
/// What holds the 9 MB of the large file: an XXBLOCK of two XBLOCKs.
inline Bid payload_tree(Kit& k) {
  const Bid sub = k.sub_sub(k.sub(kMessage), kFirst);
  const ByteString b = k.plain(attachment(k));
  return k.sub_data(sub, Kit::u32(b, Kit::property(b, 0x3701) + 4));
}
inline Change in_attachment_table(Find where, std::uint32_t v) {
  return [=](Kit& k) { k.set(k.sub_data(k.sub(kMessage), 0x671), where, v); };
}
inline Change nbt_entry(std::uint32_t nid, std::size_t plus, std::uint32_t v) {
  return [=](Kit& k) {
    const auto [page, at_entry] = k.nbt(nid);
    k.page(page, at_entry + plus, v);
  };
}
inline Change bbt_entry(std::function<Bid(Kit&)> bid, std::size_t plus, std::uint16_t v) {
  return [=](Kit& k) {
    const auto [page, at_entry] = k.bbt(bid(k));
    k.page(page, at_entry + plus, v);
  };
}
template <class T>
Change nbt_page(std::size_t plus, T v) {
  return [=](Kit& k) { k.page(k.nbt_pages[1].at, plus, v); };
}
template <class T>
Change sl_block(std::size_t plus, T v) {
  return [=](Kit& k) { k.block(k.sub(kMessage), plus, v); };
}
/// Of the data tree of the body.
template <class T>
Change x_block(std::size_t plus, T v) {
  return [=](Kit& k) {
    const ByteString b = k.plain(k.leaf(k.data(kMessage), 0));
    const Bid tree = k.sub_data(k.sub(kMessage), Kit::u32(b, Kit::property(b, 0x1000) + 4));
    k.block(tree, plus, v);
  };
}
inline Change block_trailer(std::size_t plus, std::uint16_t v) {
  return [=](Kit& k) { k.put(k.trailer(k.data(kMessage)) + plus, v); };
}
/// Several changes as one.
inline Change both(Change one, Change two) {
  return [=](Kit& k) {
    one(k);
    two(k);
  };
}
/// Gives a node the data of another.
inline Change same_data(std::uint32_t nid, std::uint32_t as) {
  return [=](Kit& k) { nbt_entry(nid, 8, static_cast<std::uint32_t>(k.data(as).value))(k); };
}
/// Two fields of two bytes in the first heap block of a node change places.
inline Change swap_in(std::uint32_t nid, Find one, Find two) {
  return [=](Kit& k) {
    const Bid bid = k.leaf(k.data(nid), 0);
    ByteString b = k.plain(bid);
    std::swap_ranges(b.begin() + static_cast<std::ptrdiff_t>(one(b)),
                     b.begin() + static_cast<std::ptrdiff_t>(one(b) + 2),
                     b.begin() + static_cast<std::ptrdiff_t>(two(b)));
    k.store(bid, b);
  };
}
/// A node gets a heap of these allocations, the first of which is the root, in the block of another node.
inline Change heap_in(std::uint32_t nid, std::uint32_t block_of, char client,
                      std::vector<ByteString> pieces) {
  return [=](Kit& k) {
    const Bid bid = k.data(block_of);
    ByteString heap(12, '\0'), map;
    for (const ByteString& piece : pieces) {
      append_le(map, static_cast<std::uint16_t>(heap.size()));
      heap += piece;
    }
    append_le(map, static_cast<std::uint16_t>(heap.size()));
    const auto at_map = static_cast<std::uint16_t>(heap.size());
    heap.replace(0, 8, le_bytes(at_map) + '\xEC' + client + le_bytes(std::uint32_t{0x20}));
    append_le(heap, static_cast<std::uint16_t>(pieces.size()));
    append_le(heap, std::uint16_t{0});
    heap += map;
    k.lost = k.lost || heap.size() > k.size(bid);
    heap.resize(k.size(bid), '\0');
    if (!k.lost) k.store(bid, heap);
    same_data(nid, block_of)(k);
  };
}
/// BTHHEADER of keys and entries of so many bytes, whose one page is the third allocation.
inline ByteString bth_header(char key, char entry) {
  return ByteString{'\xB5', key, entry, '\0'} + le_bytes(std::uint32_t{0x60});
}
/// Turns a node's id into another that sorts in the same place.
inline Change rename(std::uint32_t nid, std::uint32_t to) { return nbt_entry(nid, 0, to); }

}  // namespace mk::pst::check
