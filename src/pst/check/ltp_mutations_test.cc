#include <gtest/gtest.h>

#include "pst/check/mutations.h"

namespace mk::pst::check {

// clang-format off
const std::vector<Mutation>& ltp_mutations() {
  static const std::vector<Mutation> all = {
      {"heap.signature", in_node8(kMessage, at(2), 0)},
      {"heap.client", in_node8(kMessage, at(3), 0x7C)},
      {"heap.root", in_node(kMessage, at(4), 0xFFE0)},
      {"heap.no-data", nbt_entry(kInbox, 8, 0)},
      {"heap.map-place", in_node16(kMessage, at(0), 0xFFF0)},
      {"heap.map-first", in_node16(kMessage, [](auto& b) { return page_map(b) + 4; }, 14)},
      {"heap.map-order", in_node16(kMessage, [](auto& b) { return page_map(b) + 6; }, 5000)},
      {"heap.map-gap", [](Kit& k) {
         const Bid bid = k.data(kAssociated);
         const ByteString b = k.plain(bid);
         const std::size_t map = page_map(b), n = load_le<std::uint16_t>(b.data() + map);
         k.block(bid, map + 4 + 2 * n, static_cast<std::uint16_t>(map - 6));
       }},
      {"heap.free-count", in_node16(kMessage, [](auto& b) { return page_map(b) + 2; }, 1)},
      {"heap.allocation-size", in_node16(kFullContents, [](auto& b) { return page_map(b) + 6; }, 3700)},
      {"heap.allocation-count", [](Kit& k) {  // a page map of 2048 empty allocations
         const Bid bid = k.leaf(k.data(kFullContents), 1);
         ByteString b = k.plain(bid);
         const std::size_t n = 2048, map = 2;
         b.replace(0, 2, le_bytes<std::uint16_t>(map));
         b.replace(map, 4, le_bytes<std::uint16_t>(n) + le_bytes<std::uint16_t>(n));
         for (std::size_t i = 0; i <= n; ++i) b.replace(map + 4 + 2 * i, 2, le_bytes<std::uint16_t>(2));
         k.store(bid, b);
       }},
      {"heap.fill-level", in_node8(kMessage, at(11), 0xF0)},
      {"heap.fill-level", in_node8(kMessage, at(8), 0x0F)},
      {"heap.fill-level", [](Kit& k) { k.block<std::uint8_t>(k.leaf(k.data(kFullContents), 8), 2, 0xEE); }},
      {"bth.type", in_node8(kMessage, [](auto& b) { return Kit::bth(b); }, 0)},
      {"bth.shape", in_node8(kMessage, [](auto& b) { return Kit::bth(b) + 1; }, 4)},
      {"bth.shape", in_node8(kMessage, [](auto& b) { return Kit::bth(b) + 2; }, 4)},
      {"bth.levels", in_node8(kMessage, [](auto& b) { return Kit::bth(b) + 3; }, 9)},
      {"bth.page", in_node(kMessage, [](auto& b) { return Kit::bth(b) + 4; }, 0xFFE0)},
      {"bth.order", in_node16(kMessage, [](auto& b) { return bth_root(b) + 8; }, 1)},
      {"bth.index-key", [](Kit& k) {
         const ByteString b = k.plain(k.leaf(k.data(kFullContents), 0));
         const std::uint32_t root = Kit::u32(b, Kit::allocation(b, Kit::u32(b, info(10)(b))) + 4);
         const Bid bid = k.leaf(k.data(kFullContents), root >> 16);
         const std::size_t second = Kit::allocation(k.plain(bid), root & 0xFFFF) + 8;
         k.block<std::uint32_t>(bid, second, Kit::u32(k.plain(bid), second) - 1);
       }},
      {"value.empty", [](Kit& k) {  // the named text's allocation becomes empty, at the end of the one before it
         const Bid bid = k.data(kMessage);
         const ByteString b = k.plain(bid);
         const std::uint32_t hid = Kit::u32(b, Kit::property(b, 0x8002) + 4);
         const std::size_t map = page_map(b);
         k.block(bid, map + 2 + 2 * (hid >> 5), static_cast<std::uint16_t>(Kit::allocation(b, hid, 1)));
       }},
      {"value.type", in_node16(kMessage, property(0x6603, 2), 0x0001)},
      {"value.boolean", in_node(kMessage, property(0x6602), 0x101)},
      {"value.hid", in_node(kMessage, property(0x6601), 0xFFE0)},
      {"value.subnode", in_node(kMessage, property(0x1000), 0x777F)},
      {"value.subnode-type", in_node(kMessage, property(0x6601), kFirst)},
      {"value.fixed-size", in_node16(kMessage, property(0x6601, 2), 0x0040)},
      {"value.object", in_attachment(value(0x3701), 0x777, kSecond)},
      {"value.array", in_node(kMessage, value(0x6603), 0x777)},
      {"value.array", in_node(kMessage, value(0x6603, 4), 0)},
      {"value.text-nul", in_node16(kMessage, value(0x8002), 0)},
      {"value.text-odd", in_node(kMessage, value(0x6603, 8), 15)},

      {"tc.type", in_node8(0x60E, info(0), 0)},
      {"tc.info-size", in_node8(0x60E, info(1), 26)},
      {"tc.regions", in_node16(0x60E, info(2), 116)},
      {"tc.regions", in_node16(0x60E, info(4), 121)},
      {"tc.existence-size", in_node16(0x60E, info(8), 127)},
      {"tc.column-order", in_node(0x60E, info(22), 0x7FFF0003)},
      {"tc.cell-size", in_node8(0x60E, column(0x001A001F, 6), 8)},
      {"tc.cell-place", in_node16(0x60E, column(0x001A001F, 4), 124)},
      {"tc.cell-overlap", in_node16(0x60E, column(0x001A001F, 4), 8)},
      {"tc.bit", in_node8(0x60E, column(0x001A001F, 7), 0)},
      {"tc.row-id-column", in_node8(0x60E, column(0x67F20003, 7), 3)},
      {"tc.index-hid", in_node(0x60E, info(18), 0x20)},
      {"tc.rows", in_node(kInboxHierarchy, info(14), 0xFFE0)},
      {"tc.row-count", in_node(kInboxHierarchy, info(14), 0)},
      {"tc.row-range", in_node(kInboxHierarchy, [](auto& b) { return row_index(b) + 4; }, 9)},
      {"tc.row-key", in_node(kInboxHierarchy, [](auto& b) { return Kit::row(b, 0); }, 0x7772)},
      {"tc.row-bits", in_node8(kInboxHierarchy, existence(0x67F20003), 0x3F)},
      {"tc.matrix-block", [](Kit& k) {  // the rows end within a row
         const Bid sub = k.sub(kFullContents);
         const Bid last = k.leaf(k.word(sub, 16), 7);
         const auto [page, entry] = k.bbt(last);
         k.page<std::uint16_t>(page, entry + 16, static_cast<std::uint16_t>(k.size(last) - 2));
       }},
      {"tc.row-version", in_node(kInboxHierarchy, cell(0x67F30003), 3)},

      {"tc.cell-order", swap_in(0x60E, column(0x001A001F, 4), column(0x00170003, 4))},
      {"value.hid", in_node(kInboxContents, cell(0x30130102), 0xFFE0)},
  };
  return all;
}
// clang-format on

TEST(Checker, NamesEverySingleFaultOfTheLtpLayer) { expect_named(ltp_mutations(), base()); }

}  // namespace mk::pst::check
