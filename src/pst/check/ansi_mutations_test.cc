#include <gtest/gtest.h>

#include "base/file.h"
#include "base/test_data.h"
#include "pst/check/mutations.h"

namespace mk::pst::check {
namespace {

/// Rules broken in a file of the ANSI form, whose fields lie elsewhere.
const std::vector<Mutation>& ansi_mutations() {
  constexpr std::uint32_t kContact = 0x200024, kFolder = 0x80A2, kContents = 0x80AE;
  const auto nbt = [](std::uint32_t nid, std::size_t plus, std::uint32_t v) -> Change {
    return [=](Kit& k) {
      const auto [page, entry] = k.nbt(nid);
      k.page(page, entry + plus, v);
    };
  };
  const auto bbt = [](std::uint32_t nid, std::size_t plus, std::uint16_t v) -> Change {
    return [=](Kit& k) {
      const auto [page, entry] = k.bbt(k.data(nid));
      k.page(page, entry + plus, v);
    };
  };
  const auto tail = [](std::size_t plus, std::uint8_t v) -> Change {
    return [=](Kit& k) { k.page(k.nbt_pages[1].at, k.tail() + plus, v); };
  };
  const auto trailer = [](std::size_t plus, std::uint16_t v) -> Change {
    return [=](Kit& k) { k.put(k.trailer(k.data(kContact)) + plus, v); };
  };
  const auto sub = [](std::size_t plus, std::uint32_t v) -> Change {
    return [=](Kit& k) { k.block(k.sub(kContact), plus, v); };
  };
  static const std::vector<Mutation> all = {
      {"header.client-version", header<std::uint16_t>(12, 20)},
      {"header.sentinel", header<std::uint8_t>(460, 0)},
      {"header.crypt", header<std::uint8_t>(461, 3)},
      {"header.crc-partial", [](Kit& k) { k.put<std::uint32_t>(4, 1); }},
      {"header.bid-next-block", header<std::uint32_t>(24, 4)},
      {"header.bid-next-page", header<std::uint32_t>(28, 2)},
      {"header.unique", header<std::uint32_t>(32, 3)},
      {"header.last-nid", header<std::uint32_t>(36 + 4 * 2, 0x401)},
      {"header.file-eof", header<std::uint32_t>(168, 0x4400)},
      {"header.amap-last", header<std::uint32_t>(172, 0x4600)},
      {"header.amap-free", header<std::uint32_t>(176, 64)},
      {"header.pmap-free", header<std::uint32_t>(180, 64)},
      {"header.amap-invalid", header<std::uint8_t>(200, 0)},
      {"header.free-maps", header<std::uint8_t>(204, 0)},
      {"page.place",
       [](Kit& k) { k.page<std::uint32_t>(k.nbt_pages[0].parent, k.nbt_pages[0].entry + 8, 0x7FFFFE00); }},
      {"page.bid",
       [](Kit& k) { k.page<std::uint32_t>(k.nbt_pages[0].parent, k.nbt_pages[0].entry + 4, 0x777); }},
      {"page.type", tail(4, 0x80)},
      {"page.signature", tail(6, 1)},
      {"page.crc", [](Kit& k) { k.put<std::uint32_t>(k.nbt_pages[1].at + 508, 1); }},
      {"map.crc", [](Kit& k) { k.put<std::uint32_t>(0x4400 + 508, 1); }},
      {"map.bid", [](Kit& k) { k.page<std::uint32_t>(0x4400, 504, 1); }},
      {"amap.not-allocated", [](Kit& k) { k.page<std::uint8_t>(0x4400, 4 + 3, 0); }},
      {"amap.self", [](Kit& k) { k.page<std::uint8_t>(0x4400, 4, 0x7F); }},
      {"pmap.content", [](Kit& k) { k.page<std::uint8_t>(0x4600, 9, 0); }},
      {"btree.count", tail(0, 32)},
      {"btree.max-count", tail(1, 30)},
      {"btree.entry-size", tail(2, 12)},
      {"btree.level", tail(3, 1)},
      {"btree.key-order",
       [](Kit& k) {
         k.page<std::uint32_t>(k.nbt_pages[1].at, 32, k.get<std::uint32_t>(k.nbt_pages[1].at + 16));
       }},
      {"btree.first-key",
       [](Kit& k) {
         k.page<std::uint32_t>(k.nbt_pages[1].parent, k.nbt_pages[1].entry,
                               k.get<std::uint32_t>(k.nbt_pages[1].at) - 1);
       }},
      {"bbt.reference-count", bbt(kContact, 10, 7)},
      {"bid.missing", nbt(kContact, 4, 0x7777770)},
      {"bid.kind",
       [](Kit& k) {
         const auto [page, entry] = k.nbt(kContact);
         k.page<std::uint32_t>(page, entry + 8, 0x2C0);
       }},
      {"nbt.parent", nbt(kContact, 12, 0x7772)},
      {"node.missing", nbt(0x62B, 0, 0x62C)},
      {"block.size", bbt(kContact, 8, 8181)},
      {"block.trailer-size", trailer(0, 1)},
      {"block.signature", trailer(2, 1)},
      {"block.trailer-bid", trailer(4, 8)},
      {"block.crc", trailer(8, 1)},
      {"slblock.count", [](Kit& k) { k.block<std::uint16_t>(k.sub(kContact), 2, 0); }},
      {"slblock.size", [](Kit& k) { k.block<std::uint16_t>(k.sub(kContact), 2, 2); }},
      {"bid.missing", sub(8, 0x7777770)},
      {"message.subnode", sub(4, 0x6B6)},
      {"heap.signature", in_node8(kContact, at(2), 0)},
      {"heap.client", in_node8(kContact, at(3), 0x7C)},
      {"heap.root", in_node(kContact, at(4), 0xFFE0)},
      {"heap.fill-level", in_node8(kContact, at(8), 0x0A)},
      {"heap.map-first", in_node16(
                             kContact, [](auto& b) { return page_map(b) + 4; }, 14)},
      {"heap.free-count", in_node16(
                              kContact, [](auto& b) { return page_map(b) + 2; }, 0x70)},
      {"bth.type", in_node8(
                       kContact, [](auto& b) { return Kit::bth(b); }, 0)},
      {"bth.shape", in_node8(
                        kContact, [](auto& b) { return Kit::bth(b) + 2; }, 4)},
      {"bth.order", in_node16(
                        kContact, [](auto& b) { return bth_root(b) + 8; }, 1)},
      {"value.hid", in_node(kContact, property(0x001A), 0xFFE0)},
      {"message.size", in_node(kContact, property(0x0E08), 7)},
      {"message.property", in_node16(kContact, property(0x001A, 2), 0x1F)},
      {"folder.count", in_node(kFolder, property(0x3602), 7)},
      {"tc.type", in_node8(0x60E, info(0), 0)},
      {"tc.regions", in_node16(0x60E, info(2), 8)},
      {"tc.bit", in_node8(0x60E, column(0x001A001E, 7), 0)},
      {"tc.row-range", in_node(
                           kContents, [](auto& b) { return row_index(b) + 4; }, 9)},
      {"tc.row-key", in_node(
                         kContents, [](auto& b) { return Kit::row(b, 0); }, 0x7772)},
      {"contents.cell", in_node(kContents, cell(0x0E070003), 0x777)},
      {"template.columns", in_node(0x6F8, column(0x30070040, 0), 0x30080040)},
      {"names.bucket-count", in_node(0x61, property(1), 250)},
  };
  return all;
}

TEST(Checker, NamesFaultsOfTheAnsiFormToo) {
  const auto path = shared_data("pst/pst-extractor__contacts97-2002.pst");
  MK_SKIP_IF_ABSENT(path);
  expect_named(ansi_mutations(), *read_file(path));
}

}  // namespace
}  // namespace mk::pst::check
