#include <gtest/gtest.h>

#include "pst/check/mutations.h"

namespace mk::pst::check {

// clang-format off
const std::vector<Mutation>& messaging_mutations() {
  static const std::vector<Mutation> all = {
      {"node.missing", rename(0x62B, 0x62C)},
      {"node.missing", rename(0x1E1, 0x1E2)},
      {"node.missing-newer", rename(0x6B6, 0x6B7)},
      {"node.missing-newer", rename(0x2226, 0x2229)},
      {"node.missing-late", rename(0xEC1, 0xEC2)},
      {"queue.waiting", nbt_entry(0x1E1, 8, 4)},
      {"node.no-data", nbt_entry(0x64C, 8, 0)},
      {"queue.size", same_data(0x261, 0x21)},
      {"sal.missing", nbt_entry(0x201, 8, 0)},
      {"sal.pending", [](Kit& k) {
         nbt_entry(0x201, 8, 0)(k);
         nbt_entry(0x1E1, 8, 4)(k);
       }},
      {"sal.stale", in_node(0x201, at(0), 0x2243)},
      {"sdo.stale", same_data(0x261, 0x60D)},
      {"receive.default", in_node(0x62B, cell(0x001A001F), 0x60)},
      {"receive.target", in_node(0x62B, cell(0x66050003), 0x2223)},
      {"receive.target", in_node(0x62B, cell(0x66050003), 0x7772)},
      {"id-map.root", in_node(0xC01, at(4), 0x40)},
      {"search.criteria", in_node16(0x2227, property(0x660B, 0), 0x660C)},
      {"search.contents-kind", in_node8(0x2230, at(3), 0xAC)},
      {"search.node", rename(0x2230, 0x2231)},
      {"template.columns", in_node(0x6F8, column(0x30070040, 0), 0x30080040)},
      {"template.columns", in_node(0x692, column(0x3A40000B, 0), 0x3A41000B)},
      {"template.rows", same_data(0x60D, kInboxHierarchy)},
      {"table.columns", in_node(kInboxHierarchy, column(0x36020003, 0), 0x36020004)},
      {"table.columns", [](Kit& k) { k.set<std::uint32_t>(k.sub_data(k.sub(kMessage), 0x692), column(0x3A40000B, 0), 0x3A41000B); }},
      {"store.property", in_node16(0x21, property(0x67FF, 0), 0x67FE)},
      {"store.property", in_node16(0x21, property(0x0E38, 2), 2)},
      {"store.valid-mask", in_node(0x21, property(0x35DF), 0xCF)},
      {"store.valid-mask-unset", in_node(0x21, property(0x35DF), 0x81)},
      {"store.entry-id", in_node(0x21, value(0x35E0, 20), 0x7772)},
      {"store.entry-id", in_node(0x21, value(0x35E7, 4), 0)},
      {"folder.property", in_node16(kInbox, property(0x3602, 0), 0x3600)},
      {"folder.table", rename(kInboxHierarchy + 2, kInboxHierarchy + 3)},
      {"folder.subfolders", in_node(kInbox, property(0x360A), 0)},
      {"folder.count", in_node(kInbox, property(0x3602), 7)},
      {"folder.unread", in_node(kInbox, property(0x3603), 7)},
      {"hierarchy.row-missing", same_data(kInboxHierarchy, 0x60D)},
      {"hierarchy.row-extra", nbt_entry(kFull, 24, 0x122)},
      {"hierarchy.cell", in_node(kInboxHierarchy, cell(0x36020003), 7)},
      {"hierarchy.cell-missing", in_node8(kInboxHierarchy, existence(0x3613001F), 0)},
      {"contents.row-missing", nbt_entry(kMessage, 24, kFull)},
      {"contents.row-extra", nbt_entry(kAssociated, 24, kFull)},
      {"contents.cell", in_node(kInboxContents, cell(0x0E070003), 0x777)},
      {"contents.cell", in_node(kInboxContents + 1, cell(0x0E070003), 0x777)},
      {"contents.cell-missing", in_node8(kInboxContents, existence(0x001A001F), 0xC0)},
      {"contents.status", in_node8(kInboxContents, existence(0x0E170003), 0xDF)},
      {"contents.conversation", [](Kit& k) {
         const Bid bid = k.data(kInboxContents);
         const ByteString b = k.plain(bid);
         k.block<std::uint32_t>(bid, Kit::allocation(b, Kit::u32(b, Kit::cell(b, 0, 0x30130102))), 1);
       }},
      {"contents.replica", in_node8(kInboxContents, existence(0x0E300102), 0xFF)},
      {"search.row", [](Kit& k) {  // the rows of a contents table, whose ids are messages, shifted
         nbt_entry(0x2230, 8, static_cast<std::uint32_t>(k.data(kInboxHierarchy).value))(k);
         rename(kFull, kFull + 1)(k);
       }},
      {"message.empty-display", [](Kit& k) {
         const Bid bid = k.data(kMessage);
         const ByteString b = k.plain(bid);
         const std::size_t record = Kit::property(b, 0x0C1A);
         k.block<std::uint16_t>(bid, record, 0x0E04);
         k.block<std::uint32_t>(bid, record + 4, 0);
       }},
      {"message.property", in_node16(kMessage, property(0x300B, 0), 0x300A)},
      {"message.property", in_node16(kAssociated, property(0x3008, 2), 0x14)},
      {"message.subject-mark", in_node16(kMessage, value(0x0037), 'x')},
      {"message.size", in_node(kMessage, property(0x0E08), 7)},
      {"message.size", in_node(kAssociated, property(0x0E08), 7)},
      {"attachment.size", in_attachment(property(0x0E20), 7)},
      {"attachment.object-size", in_attachment(value(0x3701, 4), 7, kSecond)},
      {"attachment.property", in_attachment(property(0x370B, 0), 0x0003370C)},
      {"attachment.row-missing", [](Kit& k) { k.block<std::uint32_t>(k.sub(kMessage), k.entry(k.sub(kMessage), kSecond), kSecond + 0x20); }},
      {"attachment.row-extra", [](Kit& k) { k.block<std::uint32_t>(k.sub(kMessage), k.entry(k.sub(kMessage), kSecond), kSecond + 0x20); }},
      {"attachment.cell", in_attachment_table(cell(0x370B0003), 7)},
      {"attachment.cell-missing", [](Kit& k) { k.set<std::uint8_t>(k.sub_data(k.sub(kMessage), 0x671), existence(0x37050003), 0xC0); }},
      {"attachment.payload", in_attachment(property(0x3705), 5)},
      {"attachment.payload", in_attachment(property(0x3705), 1, kSecond)},
      {"message.has-attachments", in_node(kMessage, property(0x0E07), 1)},
      {"message.has-attachments", in_node(kAssociated, property(0x0E07), 0x51)},
      {"message.recipients", [](Kit& k) { k.block<std::uint32_t>(k.sub(kMessage), k.entry(k.sub(kMessage), 0x692), 0x69F); }},
      {"message.no-recipients", [](Kit& k) {
         k.set<std::uint16_t>(k.data(kMessage), value(0x001A), 'J');
         k.block<std::uint32_t>(k.sub(kMessage), k.entry(k.sub(kMessage), 0x692), 0x69F);
       }},
      {"message.attachment-table", [](Kit& k) { k.block<std::uint32_t>(k.sub(kAssociated), 8, 0x671); }},
      {"message.subnode", [](Kit& k) { k.block<std::uint32_t>(k.sub(kMessage), k.entry(k.sub(kMessage), 0x692), 0x6B6); }},
      {"names.bucket-count", in_node(0x61, property(1), 250)},
      {"names.stream", in_node(0x61, property(2), 0)},
      {"names.index", in_node16(0x61, value(3, 6), 7)},
      {"names.guid", in_node16(0x61, value(3, 8 + 4), 0x7770)},
      {"names.string", in_node(0x61, value(3), 2)},
      {"names.string", in_node(0x61, value(4), 0x7777)},
      {"names.duplicate", in_node(0x61, value(3, 16), 0)},
      {"names.bucket", [](Kit& k) {
         const Bid bid = k.leaf(k.data(0x61), 0);
         ByteString b = k.plain(bid);
         const std::size_t end = Kit::allocation(b, Kit::u32(b, Kit::bth(b) + 4), 1);
         k.block<std::uint32_t>(bid, Kit::allocation(b, Kit::u32(b, end - 4)), 0x777);
       }},
      {"names.unknown-id", in_node16(kMessage, property(0x8002, 0), 0x8777)},
      {"node.missing-today", rename(0xE41, 0xE42)},
      {"node.not-empty", nbt_entry(0x2226, 8, 4)},
      {"id-map.target", heap_in(0xC01, kAssociated, '\x9C', {le_bytes(0x40u), bth_header(16, 4), ByteString(16, 'k') + le_bytes(0x7772u)})},
      {"bth.order", heap_in(0xC01, kAssociated, '\x9C', {le_bytes(0x40u), bth_header(16, 4), ByteString(15, 'k') + "l" + le_bytes(0x122u) + ByteString(16, 'k') + le_bytes(0x122u)})},
      {"message-index.layout", both(heap_in(0xE41, kAssociated, '\xCC', {le_bytes(0x40u), bth_header(4, 4), le_bytes(1u) + le_bytes(0xFFE0u)}), rename(0xE41, 0xE01))},
      {"message-index.layout", both(heap_in(0xE41, kAssociated, '\xCC', {le_bytes(0x40u), bth_header(4, 4), le_bytes(1u) + le_bytes(0x80u), "odd"}), rename(0xE41, 0xE01))},
      {"heap.client", both(same_data(0xE41, 0xC01), rename(0xE41, 0xE01))},
      {"search.spam-flags", in_node(0x2227, property(0x660B), 5)},
      {"search.count", in_node(0x2223, property(0x3602), 3)},
      {"search.count", in_node(0x2223, property(0x3603), 3)},
      {"search.count", same_data(0x2230, kInboxContents)},
      {"search.parent", same_data(0x2230, kInboxContents)},
      {"search.cell", both(same_data(0x2230, kInboxHierarchy), in_node(kFull, property(0x3602), 7))},
      {"template.layout", swap_in(0x60E, column(0x001A001F, 6), column(0x00170003, 6))},
      {"template.layout", swap_in(0x62B, column(0x66050003, 6), column(0x001A001F, 6))},
      {"store.restrictions", in_node(0x21, property(0x6633), 0)},
      {"contents.conversation", [](Kit& k) {
         const Bid bid = k.data(kInboxContents);
         const ByteString b = k.plain(bid);
         k.block<std::uint32_t>(bid, Kit::allocation(b, Kit::u32(b, Kit::cell(b, 1, 0x30130102))), 1);
       }},
      {"contents.conversation", in_node(kInboxContents, cell(0x30130102, 1), 0)},
      {"contents.empty-cell", in_node(kInboxContents, cell(0x001A001F), 0)},
      {"message.associated", in_node(kAssociated, property(0x0E07), 1)},
      {"message.associated", in_node(kMessage, property(0x0E07), 0x51)},
      {"recipient.type", [](Kit& k) { k.set<std::uint32_t>(k.sub_data(k.sub(kMessage), 0x692), cell(0x0C150003), 77); }},
      {"recipient.type", [](Kit& k) { k.set<std::uint32_t>(k.sub_data(k.sub(kMessage), 0x692), cell(0x0C150003), 0x20000001); }},
  };
  return all;
}
// clang-format on

TEST(Checker, NamesEverySingleFaultOfTheMessagingLayer) { expect_named(messaging_mutations(), base()); }

}  // namespace mk::pst::check
