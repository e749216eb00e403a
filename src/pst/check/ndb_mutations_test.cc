#include <gtest/gtest.h>

#include <bit>

#include "pst/check/mutations.h"

namespace mk::pst::check {
namespace {

std::uint32_t free_slots(const Kit& k, std::size_t interval) {
  std::uint32_t n = 496 * 8;
  for (std::size_t i = 0; i < 496; ++i)
    n -= static_cast<std::uint32_t>(std::popcount(k.get<std::uint8_t>(0x4400 + interval * 0x3E000 + i)));
  return n;
}

/// A DList of these AMaps, as Outlook keeps it or with the fullest first.
Change density_list(std::vector<std::uint32_t> amaps, bool sorted) {
  return [=](Kit& k) {
    std::vector<std::uint32_t> entries;
    for (const auto a : amaps) entries.push_back(free_slots(k, a) << 20 | a);
    std::sort(entries.begin(), entries.end());
    if (sorted) std::reverse(entries.begin(), entries.end());
    k.page<std::uint8_t>(0x4200, 0, 1);
    k.page(0x4200, 1, static_cast<std::uint8_t>(entries.size()));
    for (std::size_t i = 0; i < entries.size(); ++i) k.page(0x4200, 8 + 4 * i, entries[i]);
  };
}

}  // namespace

// clang-format off
const std::vector<Mutation>& ndb_mutations() {
  static const std::vector<Mutation> all = {
      {"header.magic", header<std::uint8_t>(0, 'x')},
      {"header.client", header<std::uint8_t>(8, 'x')},
      {"header.version", header<std::uint16_t>(10, 24)},
      {"header.client-version", header<std::uint16_t>(12, 20)},
      {"header.platform", header<std::uint8_t>(14, 2)},
      {"header.platform", header<std::uint8_t>(15, 2)},
      {"header.sentinel", header<std::uint8_t>(512, 0)},
      {"header.crypt", header<std::uint8_t>(513, 3)},
      {"header.crc-partial", [](Kit& k) { k.put<std::uint32_t>(4, 1); }},
      {"header.crc-full", [](Kit& k) { k.put<std::uint32_t>(524, 1); }},
      {"header.file-eof", [](Kit& k) { k.bytes.resize(k.bytes.size() + 64); }},
      {"header.file-end",
       [](Kit& k) {
         k.bytes.resize(k.bytes.size() - 512);
         k.header<std::uint64_t>(184, k.bytes.size());
       }},
      {"header.amap-last", header<std::uint64_t>(192, 0x4400)},
      {"header.amap-free", header<std::uint64_t>(200, 64)},
      {"header.pmap-free", header<std::uint64_t>(208, 64)},
      {"header.amap-invalid", header<std::uint8_t>(248, 0)},
      {"header.amap-valid-old", header<std::uint8_t>(248, 1)},
      {"header.bid-next-block", header<std::uint64_t>(516, 4)},
      {"header.bid-next-block", [](Kit& k) { k.header<std::uint64_t>(516, k.get<std::uint64_t>(516) + 1); }},
      {"header.bid-next-page", header<std::uint64_t>(32, 2)},
      {"header.bid-unused", header<std::uint64_t>(24, 1)},
      {"header.last-nid", header<std::uint32_t>(44 + 4 * 4, 0x10001)},
      {"header.last-nid", header<std::uint32_t>(44 + 4 * 0x1F, 0x400)},
      {"header.first-nid", header<std::uint32_t>(44 + 4 * 3, 0x400)},
      {"nid.reserved", sl_block<std::uint32_t>(8 + 24 * 2, 0x45)},
      {"header.unique", header<std::uint32_t>(40, 3)},
      {"header.free-maps", header<std::uint8_t>(256, 0)},
      {"header.free-maps", header<std::uint8_t>(511, 0)},
      {"header.reserved", header<std::uint8_t>(514, 1)},
      {"header.unused", header<std::uint32_t>(252, 1)},

      {"page.place",
       [](Kit& k) {
         k.page<std::uint64_t>(k.nbt_pages[0].parent, k.nbt_pages[0].entry + 16, k.bytes.size() + 512);
       }},
      {"page.type", nbt_page<std::uint8_t>(496, 0x80)},
      {"page.type", nbt_page<std::uint8_t>(497, 0x80)},
      {"page.crc", [](Kit& k) { k.put<std::uint32_t>(k.nbt_pages[1].at + 500, 1); }},
      {"page.signature", nbt_page<std::uint16_t>(498, 1)},
      {"page.bid", [](Kit& k) {
         const std::size_t page = k.nbt_pages[1].at;
         k.page<std::uint64_t>(page, 504, 0x777);
         k.page(page, 498, disk::signature(page, 0x777));
       }},
      {"page.duplicate-bid", [](Kit& k) {
         const std::size_t one = k.nbt_pages[1].at, two = k.nbt_pages[2].at;
         const auto bid = k.get<std::uint64_t>(one + 504);
         k.page(two, 504, bid);
         k.page(two, 498, disk::signature(two, bid));
         k.page<std::uint64_t>(k.nbt_pages[2].parent, k.nbt_pages[2].entry + 8, bid);
       }},
      {"map.type", [](Kit& k) { k.page<std::uint8_t>(0x4400, 496, 0x83); }},
      {"map.type", [](Kit& k) { k.page<std::uint8_t>(0x4600, 497, 0x84); }},
      {"map.crc", [](Kit& k) { k.put<std::uint32_t>(0x4600 + 500, 1); }},
      {"map.signature", [](Kit& k) { k.page<std::uint16_t>(0x4400, 498, 1); }},
      {"map.bid", [](Kit& k) { k.page<std::uint64_t>(0x4400, 504, 1); }},
      {"amap.self", [](Kit& k) { k.page<std::uint8_t>(0x4400, 0, 0x7F); }},
      {"pmap.content", [](Kit& k) { k.page<std::uint8_t>(0x4600, 9, 0); }},
      {"dlist.missing", [](Kit& k) { k.page<std::uint16_t>(0x4200, 496, 0); }},
      {"dlist.type", [](Kit& k) { k.page<std::uint8_t>(0x4200, 497, 0x84); }},
      {"dlist.crc", [](Kit& k) { k.put<std::uint32_t>(0x4200 + 500, 1); }},
      {"dlist.signature", [](Kit& k) { k.page<std::uint16_t>(0x4200, 498, 1); }},
      {"dlist.bid", [](Kit& k) {
         k.page<std::uint64_t>(0x4200, 504, 0x777777);
         k.page(0x4200, 498, disk::signature(0x4200, 0x777777));
       }},
      {"dlist.flags", [](Kit& k) { k.page<std::uint8_t>(0x4200, 0, 2); }},
      {"dlist.count", [](Kit& k) { k.page<std::uint8_t>(0x4200, 1, 120); }},
      {"dlist.current", [](Kit& k) { k.page<std::uint32_t>(0x4200, 4, 0x777); }},
      {"dlist.entry", [](Kit& k) {
         k.page<std::uint8_t>(0x4200, 1, 1);
         k.page<std::uint32_t>(0x4200, 8, 0x777);
       }},
      {"dlist.free", [](Kit& k) {
         k.page<std::uint8_t>(0x4200, 1, 1);
         k.page<std::uint32_t>(0x4200, 8, 0xFFF00000);
       }},
      {"dlist.padding", [](Kit& k) { k.page<std::uint8_t>(0x4200, 490, 1); }},
      {"dlist.padding", [](Kit& k) { k.page<std::uint32_t>(0x4200, 8, 1); }},
      {"amap.not-allocated", [](Kit& k) { k.page<std::uint8_t>(0x4400, 20, 0); }},
      {"amap.overlap", [](Kit& k) {
         const Bid a = k.data(kMessage), b = k.data(kMany);
         const auto [page, entry] = k.bbt(b);
         k.page<std::uint64_t>(page, entry + 8, k.place(a));
       }},
      {"amap.crosses-interval", [](Kit& k) {
         const auto [page, entry] = k.bbt(k.data(kMessage));
         k.page<std::uint64_t>(page, entry + 8, 0x4400 + 0x3E000 - 64);
       }},
      {"amap.leak", [](Kit& k) {
         const auto last = k.get<std::uint64_t>(192);
         k.page<std::uint8_t>(last, 495, 1);
       }},

      {"btree.count", nbt_page<std::uint8_t>(488, 16)},
      {"btree.max-count", nbt_page<std::uint8_t>(489, 20)},
      {"btree.entry-size", nbt_page<std::uint8_t>(490, 24)},
      {"btree.level", nbt_page<std::uint8_t>(491, 1)},
      {"btree.padding", nbt_page<std::uint32_t>(492, 1)},
      {"btree.key-order", [](Kit& k) { k.page<std::uint32_t>(k.nbt_pages[1].at, 32 * 2, k.get<std::uint32_t>(k.nbt_pages[1].at + 32)); }},
      {"btree.first-key", [](Kit& k) { k.page<std::uint32_t>(k.nbt_pages[2].parent, k.nbt_pages[2].entry, k.get<std::uint32_t>(k.nbt_pages[2].at) - 1); }},
      {"btree.key-range", [](Kit& k) {
         const std::size_t last = 32 * (k.get<std::uint8_t>(k.nbt_pages[1].at + 488) - 1u);
         k.page<std::uint32_t>(k.nbt_pages[1].at, last, k.get<std::uint32_t>(k.nbt_pages[2].at));
       }},
      {"btree.empty-page", nbt_page<std::uint8_t>(488, 0)},
      {"btree.endless", [](Kit& k) {  // a root that is its own child on every level
         const std::size_t root = k.get<std::uint64_t>(224);
         for (std::size_t i = 0; i < 20; ++i) k.page<std::uint64_t>(root, 24 * i + 16, root);
         k.page<std::uint8_t>(root, 488, 20);
         k.page<std::uint8_t>(root, 491, 7);
       }},
      {"btree.key-high", nbt_entry(kMessage, 4, 1)},
      {"btree.entry-padding", nbt_entry(kMessage, 28, 1)},
      {"btree.entry-padding", bbt_entry([](Kit& k) { return k.data(kMessage); }, 20, 1)},
      {"bbt.reference-count", bbt_entry([](Kit& k) { return k.data(kMessage); }, 18, 7)},
      {"bbt.reference-count", bbt_entry([](Kit& k) { return k.data(0x60E); }, 18, 2)},
      {"bbt.pending-free", [](Kit& k) {
         const Bid old = k.data(kAssociated);
         const auto [page, entry] = k.nbt(kAssociated);
         k.page<std::uint64_t>(page, entry + 8, 0);
         const auto [block_page, block_entry] = k.bbt(old);
         k.page<std::uint16_t>(block_page, block_entry + 18, 1);
       }},
      {"bid.reserved-bit", [](Kit& k) { nbt_entry(kMessage, 8, static_cast<std::uint32_t>(k.data(kMessage).value | 1))(k); }},
      {"bid.reference-bit", [](Kit& k) {
         const Bid sub = k.sub(kMessage);
         k.block(sub, 8 + 8, static_cast<std::uint8_t>(k.plain(sub)[16] | 1));
       }},
      {"bid.missing", nbt_entry(kMessage, 8, 0x7777770)},
      {"bid.kind", [](Kit& k) { nbt_entry(kMessage, 16, static_cast<std::uint32_t>(k.data(kMessage).value))(k); }},
      {"nbt.parent", nbt_entry(kMessage, 24, 0x7772)},
      {"nbt.parent", nbt_entry(kAssociated, 24, 0x21)},
      {"nbt.parent", nbt_entry(0x122, 24, 0)},
      {"nbt.parent-cycle", nbt_entry(kInbox, 24, kFull)},
      {"nbt.parent-not-zero", nbt_entry(kInboxContents, 24, kInbox)},
      {"nbt.parent-not-zero", nbt_entry(0x21, 24, 0x122)},

      {"block.place", [](Kit& k) {
         const auto [page, entry] = k.bbt(k.data(kMessage));
         k.page<std::uint64_t>(page, entry + 8, k.place(k.data(kMessage)) + 8);
       }},
      {"block.size", bbt_entry([](Kit& k) { return k.data(kMessage); }, 16, 8177)},
      {"block.trailer-size", block_trailer(0, 1)},
      {"block.signature", block_trailer(2, 1)},
      {"block.crc", block_trailer(4, 1)},
      {"block.trailer-bid", block_trailer(8, 4)},
      {"block.encoding", [](Kit& k) {
         const Bid bid = k.data(kMessage);
         const ByteString b = k.plain(bid);
         k.bytes.replace(k.place(bid), b.size(), b);
         k.put(k.trailer(bid) + 4, disk::crc(as_bytes(b)));
       }},
      {"block.encoding", [](Kit& k) {
         const Bid bid = k.sub(kMessage);
         ByteString b = k.plain(bid);
         disk::encode_permute(std::as_writable_bytes(std::span(b)));
         k.store(bid, b);
       }},
      {"xblock.type", x_block<std::uint8_t>(0, 3)},
      {"xblock.count", x_block<std::uint16_t>(2, 0)},
      {"xblock.size", x_block<std::uint16_t>(2, 2)},
      {"xblock.total", x_block<std::uint32_t>(4, 1)},
      {"xblock.leaf-size", x_block<std::uint64_t>(8, 4)},
      {"xblock.single", x_block<std::uint16_t>(2, 1)},
      {"xblock.child", x_block<std::uint64_t>(8, 6)},
      {"slblock.level", [](Kit& k) { k.block<std::uint8_t>(k.word(k.sub(kMany), 16), 1, 1); }},
      {"slblock.count", sl_block<std::uint16_t>(2, 0)},
      {"slblock.size", sl_block<std::uint16_t>(2, 1)},
      {"slblock.padding", sl_block<std::uint32_t>(4, 1)},
      {"slblock.order", sl_block<std::uint32_t>(8 + 24, 1)},
      {"slblock.order", [](Kit& k) { k.block<std::uint32_t>(k.sub(kMany), 8 + 16, 0x671); }},
      {"slblock.nid-high", sl_block<std::uint32_t>(12, 1)},
      {"siblock.key", [](Kit& k) { k.block<std::uint32_t>(k.sub(kMany), 8, 1); }},

      {"dlist.order", density_list({0, 1}, false)},
      {"bid.kind", [](Kit& k) { nbt_entry(kInbox, 16, static_cast<std::uint32_t>(k.data(kFullContents).value))(k); }},
      {"bid.kind", [](Kit& k) { nbt_entry(kInbox, 8, static_cast<std::uint32_t>(k.sub(kMessage).value))(k); }},
      {"bid.kind", [](Kit& k) { k.block(k.sub(kMessage), 8 + 16, k.data(kFullContents).value); }},
      {"btree.endless", [](Kit& k) { k.page<std::uint64_t>(k.nbt_pages[1].parent, k.nbt_pages[1].entry + 16, k.nbt_pages[0].at); }},
      {"bbt.reference-count", [](Kit& k) {  // freed, and still there
         bbt_entry([](Kit& kit) { return kit.data(kAssociated); }, 18, 0)(k);
         nbt_entry(kAssociated, 8, 0)(k);
       }},
      {"block.encoding", header<std::uint8_t>(513, 0)},
      {"block.encoding", header<std::uint8_t>(513, 2)},
  };
  return all;
}
// clang-format on

TEST(Checker, NamesEverySingleFaultOfTheNdbLayer) { expect_named(ndb_mutations(), base()); }

TEST(Checker, FindsNothingInADensityListAsOutlookKeepsIt) {
  Kit kit(base());
  density_list({0, 1}, true)(kit);
  EXPECT_EQ(found(check(kit.bytes)), "");
}

}  // namespace mk::pst::check
