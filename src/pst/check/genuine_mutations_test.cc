// Single faults in a genuine file of Outlook 2010, named without --strict.
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/test_data.h"
#include "pst/check/mutations.h"

namespace mk::pst::check {
namespace {

constexpr std::uint32_t kMail = 0x2000E4, kMails = 0x80CE, kMailFolder = 0x80C2, kRootHierarchy = 0x12D;

Change in_recipients(Find where, std::uint32_t v) {
  return [=](Kit& k) { k.set(k.sub_data(k.sub(kMail), 0x692), where, v); };
}

// clang-format off
const std::vector<Mutation>& genuine_mutations() {
  static const std::vector<Mutation> all = {
      {"header.client-version", header<std::uint16_t>(12, 20)},
      {"header.file-eof", [](Kit& k) { k.bytes.resize(k.bytes.size() + 64); }},
      {"header.amap-last", header<std::uint64_t>(192, 0x4600)},
      {"header.amap-free", header<std::uint64_t>(200, 64)},
      {"header.pmap-free", header<std::uint64_t>(208, 64)},
      {"header.amap-invalid", header<std::uint8_t>(248, 0)},
      {"header.amap-valid-old", header<std::uint8_t>(248, 1)},
      {"header.bid-next-block", header<std::uint64_t>(516, 4)},
      {"header.bid-next-page", header<std::uint64_t>(32, 2)},
      {"header.last-nid", header<std::uint32_t>(44 + 4 * 4, 0x10001)},
      {"header.unique", header<std::uint32_t>(40, 3)},
      {"header.free-maps", header<std::uint8_t>(256, 0)},
      {"header.free-maps", header<std::uint8_t>(511, 0)},
      {"header.reserved", header<std::uint8_t>(514, 1)},
      {"block.encoding", header<std::uint8_t>(513, 0)},
      {"map.bid", [](Kit& k) { k.page<std::uint64_t>(0x4400, 504, 1); }},
      {"pmap.content", [](Kit& k) { k.page<std::uint8_t>(0x4600, 9, 0); }},
      {"dlist.missing", [](Kit& k) { k.page<std::uint16_t>(0x4200, 496, 0); }},
      {"dlist.flags", [](Kit& k) { k.page<std::uint8_t>(0x4200, 0, 2); }},
      {"amap.not-allocated", [](Kit& k) { k.page<std::uint8_t>(0x4400, 20, 0); }},
      {"amap.leak", [](Kit& k) { k.page<std::uint8_t>(0x4400, 495, 1); }},
      {"btree.max-count", nbt_page<std::uint8_t>(489, 20)},
      {"btree.padding", nbt_page<std::uint32_t>(492, 1)},
      {"btree.key-high", nbt_entry(kMail, 4, 1)},
      {"bbt.reference-count", bbt_entry([](Kit& k) { return k.data(0x60E); }, 18, 2)},
      {"nbt.parent-not-zero", nbt_entry(kMails, 24, kMailFolder)},
      {"bid.kind", [](Kit& k) { nbt_entry(kMailFolder, 8, static_cast<std::uint32_t>(k.sub(kMail).value))(k); }},
      {"block.crc", [](Kit& k) { k.put<std::uint32_t>(k.trailer(k.data(kMail)) + 4, 1); }},
      {"slblock.padding", [](Kit& k) { k.block<std::uint32_t>(k.sub(kMail), 4, 1); }},
      {"heap.free-count", in_node16(0x21, [](auto& b) { return page_map(b) + 2; }, 1)},
      {"heap.fill-level", in_node8(0x21, at(8), 0x0E)},
      {"bth.order", in_node16(0x21, [](auto& b) { return bth_root(b) + 8; }, 1)},
      {"tc.column-order", in_node(0x60E, info(22), 0x7FFF0003)},
      {"tc.cell-order", swap_in(0x60E, column(0x001A001F, 4), column(0x00170003, 4))},
      {"tc.index-hid", in_node(0x60E, info(18), 0x20)},
      {"tc.row-version", [](Kit& k) {
         const ByteString b = k.plain(k.data(kRootHierarchy));
         in_node(kRootHierarchy, cell(0x67F30003), Kit::u32(b, Kit::cell(b, 1, 0x67F30003)))(k);
       }},
      {"node.missing", rename(0x62B, 0x62C)},
      {"node.missing-newer", rename(0x6B6, 0x6B7)},
      {"node.missing-today", rename(0xE41, 0xE42)},
      {"node.not-empty", nbt_entry(0x2226, 8, 4)},
      {"sal.missing", nbt_entry(0x201, 8, 0)},
      {"search.spam-flags", in_node(0x2227, property(0x660B), 5)},
      {"search.count", in_node(0x80023, property(0x3602), 3)},
      {"template.columns", in_node(0x6F8, column(0x30070040, 0), 0x30080040)},
      {"template.layout", swap_in(0x60E, column(0x001A001F, 6), column(0x00170003, 6))},
      {"store.property", in_node16(0x21, property(0x67FF, 0), 0x67FE)},
      {"store.restrictions", in_node(0x21, property(0x6633), 0)},
      {"store.valid-mask", in_node(0x21, property(0x35DF), 0xFF)},
      {"store.entry-id", in_node(0x21, value(0x35E0, 20), 0x7772)},
      {"folder.subfolders", in_node(kMailFolder, property(0x360A), 1)},
      {"folder.count", in_node(kMailFolder, property(0x3602), 7)},
      {"hierarchy.cell", in_node(kRootHierarchy, cell(0x36020003), 7)},
      {"contents.row-missing", nbt_entry(kMail, 24, 0x80E2)},
      {"contents.cell", in_node(kMail, property(0x0E07), 0x13)},
      {"message.property", in_node16(kMail, property(0x300B, 0), 0x300A)},
      {"message.size", in_node(kMail, property(0x0E08), 7)},
      {"message.associated", in_node(kMail, property(0x0E07), 0x41)},
      {"message.recipients", [](Kit& k) { k.block<std::uint32_t>(k.sub(kMail), k.entry(k.sub(kMail), 0x692), 0x69F); }},
      {"recipient.type", in_recipients(cell(0x0C150003), 77)},
      {"names.bucket-count", in_node(0x61, property(1), 250)},
      {"names.bucket", [](Kit& k) {
         const ByteString b = k.plain(k.data(0x61));
         const std::size_t end = Kit::allocation(b, Kit::u32(b, Kit::bth(b) + 4), 1);
         k.block<std::uint32_t>(k.data(0x61), Kit::allocation(b, Kit::u32(b, end - 4)), 0x777);
       }},
  };
  return all;
}
// clang-format on

TEST(Checker, NamesFaultsInAGenuineFileWithoutStrict) {
  const auto path = shared_data("pst/process-pst__flags_john_doe.pst");
  MK_SKIP_IF_ABSENT(path);
  expect_named(genuine_mutations(), *read_file(path), false);
}

}  // namespace
}  // namespace mk::pst::check
