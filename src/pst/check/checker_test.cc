#include "pst/check/checker.h"

#include <gtest/gtest.h>

#include <set>

#include "base/file.h"
#include "base/test_data.h"
#include "model/tags.h"
#include "pst/check/mutation_kit.h"
#include "pst/check/sorter.h"
#include "pst/writer.h"

namespace mk::pst::check {
namespace {

namespace pid = model::pid;
using model::PropTag;
using model::PropType;
using Change = std::function<void(Kit&)>;

constexpr std::uint32_t kMessage = 0x200024, kMany = 0x200064, kAssociated = 0x100028;
constexpr std::uint32_t kInbox = 0x80A2, kInboxHierarchy = 0x80AD, kInboxContents = 0x80AE, kFull = 0x80C2,
                        kFullContents = 0x80CE, kFirst = 0x8025, kSecond = 0x8045;

model::Item note(const std::string& subject) {
  model::Item item;
  item.properties.set_text(pid::kMessageClass, "IPM.Note");
  item.properties.set_text(pid::kSubject, subject);
  item.properties.set_text(pid::kSenderName, std::string(120, 's'));
  item.properties.set_text(PropTag(0x0042001F).id(), std::string(150, 'r'));
  item.properties.add(PropTag(0x00710102), ByteString("\1", 1) + ByteString(21, 'c'));
  return item;
}

/// A message with everything: named properties, arrays, values in subnodes, attachments, an embedded message.
model::Item rich(std::size_t payload) {
  model::Item item = note("RE: everything");
  auto& p = item.properties;
  p.set_text(pid::kBody, std::string(20'000, 'b'));
  p.add(PropTag(0x66010048), ByteString(16, 'g'));
  p.add(PropTag(0x6602000B), ByteString("\1\0", 2));
  p.add({PropTag(0x6603101F),
         {},
         model::Value::of_elements({ByteString("a\0b\0", 4), ByteString("c\0", 2)}),
         false});
  p.add({PropTag(0x8000001F), model::string_name(model::pset::kPublicStrings, "Another"),
         model::Value::of_bytes(ByteString("x\0", 2)), false});
  model::PropertyList to;
  to.set_text(pid::kDisplayName, "Someone");
  to.add(PropTag(0x0E0F000B), ByteString("\1\0", 2));
  item.recipients.push_back(to);
  model::Attachment file, message;
  file.properties.add(PropTag(0x37010102), ByteString(payload, 'p'));
  file.properties.set_text(0x3704, "file.bin");
  message.embedded = std::make_unique<model::Item>(note("inner"));
  item.attachments.push_back(std::move(file));
  item.attachments.push_back(std::move(message));
  return item;
}

/// A file of our own writer: an inbox, and a folder whose table has hundreds of rows in many heap blocks.
ByteString make_base(std::size_t payload) {
  const auto path = std::filesystem::path(testing::TempDir()) / "mk_checker_test.pst";
  auto pst = *PstWriter::create(path, {});
  model::PropertyList folder;
  folder.set_text(pid::kDisplayName, "Inbox");
  folder.set_text(pid::kContainerClass, "IPF.Note");
  const Nid inbox = *pst->add_folder(pst->ipm_subtree(), folder);
  const Nid full = *pst->add_folder(inbox, folder);
  MK_CHECK(inbox.value == kInbox && full.value == kFull);
  MK_CHECK(pst->add_item(inbox, rich(payload), false)->value == kMessage);
  model::Item many = note("many attachments");
  for (int i = 0; i < 400; ++i) many.attachments.emplace_back().properties.add(PropTag(0x37010102), "p");
  MK_CHECK(pst->add_item(inbox, many, false)->value == kMany);
  MK_CHECK(pst->add_item(inbox, note("associated"), true)->value == kAssociated);
  for (int i = 0; i < 600; ++i) MK_CHECK(pst->add_item(full, note("mail " + std::to_string(i)), false));
  MK_CHECK(pst->finish());
  return *read_file(path);
}
const ByteString& base() {
  static const ByteString bytes = make_base(30'000);
  return bytes;
}
const ByteString& large_base() {
  static const ByteString bytes = make_base(9'000'000);
  return bytes;
}

CheckReport check(ByteString bytes, bool strict = true) {
  CheckOptions options;
  options.findings.strict = strict;
  auto report = check_pst(ndb::make_memory_storage(std::move(bytes)), options, nullptr);
  EXPECT_TRUE(report) << report.error().what;
  return report ? *report : CheckReport();
}

std::string found(const CheckReport& r) {
  std::string out;
  for (std::size_t i = 0; i < kRules.size(); ++i)
    if (r.counts[i] > 0) out += std::string(kRules[i].code) + " ";
  return out;
}

std::size_t rule_index(std::string_view code) {
  const auto* it =
      std::find_if(kRules.begin(), kRules.end(), [code](const Rule& r) { return r.code == code; });
  EXPECT_NE(it, kRules.end()) << code;
  return static_cast<std::size_t>(it - kRules.begin());
}

struct Mutation {
  const char* code;
  Change change;
};

template <class T>
Change header(std::size_t at, T v) {
  return [=](Kit& k) { k.header(at, v); };
}
/// Adds to a number of the heap block of a node.
Change in_node(std::uint32_t nid, std::function<std::size_t(const ByteString&)> where, std::uint32_t v) {
  return [=](Kit& k) { k.set(k.leaf(k.data(nid), 0), where, v); };
}
Change in_node16(std::uint32_t nid, std::function<std::size_t(const ByteString&)> where, std::uint16_t v) {
  return [=](Kit& k) { k.set(k.leaf(k.data(nid), 0), where, v); };
}
Change in_node8(std::uint32_t nid, std::function<std::size_t(const ByteString&)> where, std::uint8_t v) {
  return [=](Kit& k) { k.set(k.leaf(k.data(nid), 0), where, v); };
}
std::function<std::size_t(const ByteString&)> at(std::size_t n) {
  return [n](const ByteString&) { return n; };
}
std::function<std::size_t(const ByteString&)> property(std::uint16_t id, std::size_t plus = 4) {
  return [=](const ByteString& b) { return Kit::property(b, id) + plus; };
}
std::function<std::size_t(const ByteString&)> value(std::uint16_t id, std::size_t plus = 0) {
  return [=](const ByteString& b) { return Kit::value(b, id) + plus; };
}
std::function<std::size_t(const ByteString&)> info(std::size_t plus) {
  return [=](const ByteString& b) { return Kit::allocation(b, Kit::u32(b, 4)) + plus; };
}
std::function<std::size_t(const ByteString&)> column(std::uint32_t tag, std::size_t plus) {
  return [=](const ByteString& b) { return Kit::column(b, tag) + plus; };
}
std::function<std::size_t(const ByteString&)> cell(std::uint32_t tag, std::size_t row = 0) {
  return [=](const ByteString& b) { return Kit::cell(b, row, tag); };
}
std::function<std::size_t(const ByteString&)> existence(std::uint32_t tag, std::size_t row = 0) {
  return [=](const ByteString& b) {
    const std::size_t bits = load_le<std::uint16_t>(b.data() + Kit::allocation(b, Kit::u32(b, 4)) + 6);
    return Kit::row(b, row) + bits + static_cast<unsigned char>(b[Kit::column(b, tag) + 7]) / 8;
  };
}
std::size_t page_map(const ByteString& b) { return load_le<std::uint16_t>(b.data()); }
std::size_t bth_root(const ByteString& b) { return Kit::allocation(b, Kit::u32(b, Kit::bth(b) + 4)); }
std::size_t row_index(const ByteString& b) {
  const std::uint32_t hid = Kit::u32(b, info(10)(b));
  return Kit::allocation(b, Kit::u32(b, Kit::allocation(b, hid) + 4));
}

/// The attachment `nid` of the rich message.
Bid attachment(Kit& k, std::uint32_t nid = kFirst) { return k.sub_data(k.sub(kMessage), nid); }
Change in_attachment(std::function<std::size_t(const ByteString&)> where, std::uint32_t v,
                     std::uint32_t nid = kFirst) {
  return [=](Kit& k) { k.set(attachment(k, nid), where, v); };
}
Change in_attachment_table(std::function<std::size_t(const ByteString&)> where, std::uint32_t v) {
  return [=](Kit& k) { k.set(k.sub_data(k.sub(kMessage), 0x671), where, v); };
}
Change nbt_entry(std::uint32_t nid, std::size_t plus, std::uint32_t v) {
  return [=](Kit& k) {
    const auto [page, at_entry] = k.nbt(nid);
    k.page(page, at_entry + plus, v);
  };
}
Change bbt_entry(std::function<Bid(Kit&)> bid, std::size_t plus, std::uint16_t v) {
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
Change block_trailer(std::size_t plus, std::uint16_t v) {
  return [=](Kit& k) { k.put(k.trailer(k.data(kMessage)) + plus, v); };
}
/// Turns a node's id into another that sorts in the same place.
Change rename(std::uint32_t nid, std::uint32_t to) { return nbt_entry(nid, 0, to); }

const std::vector<Mutation>& mutations() {
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
         const Bid last = k.leaf(k.word(sub, 16), 9);
         const auto [page, entry] = k.bbt(last);
         k.page<std::uint16_t>(page, entry + 16, static_cast<std::uint16_t>(k.size(last) - 2));
       }},
      {"tc.row-version", in_node(kInboxHierarchy, cell(0x67F30003), 3)},

      {"node.missing", rename(0x62B, 0x62C)},
      {"node.missing", rename(0x1E1, 0x1E2)},
      {"node.missing-newer", rename(0x6B6, 0x6B7)},
      {"node.missing-newer", rename(0x2226, 0x2229)},
      {"node.missing-late", rename(0xEC1, 0xEC2)},
      {"node.not-empty", nbt_entry(0x1E1, 8, 4)},
      {"node.no-data", nbt_entry(0x64C, 8, 0)},
      {"queue.size", [](Kit& k) { nbt_entry(0x261, 8, static_cast<std::uint32_t>(k.data(0x21).value))(k); }},
      {"sal.missing", nbt_entry(0x201, 8, 0)},
      {"sal.pending", [](Kit& k) {
         nbt_entry(0x201, 8, 0)(k);
         nbt_entry(0x1E1, 8, 4)(k);
       }},
      {"sal.stale", in_node(0x201, at(0), 0x2243)},
      {"sdo.stale", [](Kit& k) { nbt_entry(0x261, 8, static_cast<std::uint32_t>(k.data(0x60D).value))(k); }},
      {"receive.default", in_node(0x62B, cell(0x001A001F), 0x60)},
      {"receive.target", in_node(0x62B, cell(0x66050003), 0x2223)},
      {"receive.target", in_node(0x62B, cell(0x66050003), 0x7772)},
      {"id-map.root", in_node(0xC01, at(4), 0x40)},
      {"search.criteria", in_node16(0x2227, property(0x660B, 0), 0x660C)},
      {"search.contents-kind", in_node8(0x2230, at(3), 0xAC)},
      {"search.node", rename(0x2230, 0x2231)},
      {"template.columns", in_node(0x6F8, column(0x30070040, 0), 0x30080040)},
      {"template.columns", in_node(0x692, column(0x3A40000B, 0), 0x3A41000B)},
      {"template.rows", [](Kit& k) { nbt_entry(0x60D, 8, static_cast<std::uint32_t>(k.data(kInboxHierarchy).value))(k); }},
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
      {"hierarchy.row-missing", [](Kit& k) { nbt_entry(kInboxHierarchy, 8, static_cast<std::uint32_t>(k.data(0x60D).value))(k); }},
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
  };
  return all;
}

TEST(Checker, FindsNothingInWhatWeWrite) {
  for (const ByteString* bytes : {&base(), &large_base()}) {
    const CheckReport report = check(*bytes);
    EXPECT_EQ(report.notes + report.repairs + report.fatals, 0u) << found(report);
    EXPECT_GT(report.nodes, 300u);
  }
}

/// What holds the 9 MB of the large file: an XXBLOCK of two XBLOCKs.
Bid payload_tree(Kit& k) {
  const Bid sub = k.sub_sub(k.sub(kMessage), kFirst);
  const ByteString b = k.plain(attachment(k));
  return k.sub_data(sub, Kit::u32(b, Kit::property(b, 0x3701) + 4));
}
template <class T>
Change xx_block(std::size_t plus, T v) {
  return [=](Kit& k) { k.block(payload_tree(k), plus, v); };
}
template <class T>
Change first_x_block(std::size_t plus, T v) {
  return [=](Kit& k) { k.block(k.word(payload_tree(k), 8), plus, v); };
}
template <class T>
Change si_block(std::size_t plus, T v) {
  return [=](Kit& k) { k.block(k.sub(kMany), plus, v); };
}
void swap_words(Kit& k, Bid block, std::size_t one, std::size_t two, std::size_t words = 1) {
  ByteString b = k.plain(block);
  std::swap_ranges(b.begin() + static_cast<std::ptrdiff_t>(one),
                   b.begin() + static_cast<std::ptrdiff_t>(one + 8 * words),
                   b.begin() + static_cast<std::ptrdiff_t>(two));
  k.store(block, b);
}

/// Fields of the blocks above others, which only large values and many subnodes need.
const std::vector<Mutation>& tree_mutations() {
  static const std::vector<Mutation> all = {
      {"xblock.type", xx_block<std::uint8_t>(0, 3)},
      {"xblock.child", xx_block<std::uint8_t>(1, 1)},
      {"xblock.type", xx_block<std::uint8_t>(1, 3)},
      {"xblock.count", xx_block<std::uint16_t>(2, 0)},
      {"xblock.single", xx_block<std::uint16_t>(2, 1)},
      {"xblock.size", xx_block<std::uint16_t>(2, 3)},
      {"xblock.total", xx_block<std::uint32_t>(4, 9'000'001)},
      {"xblock.child", xx_block<std::uint64_t>(8, 4)},
      {"bid.missing", xx_block<std::uint64_t>(16, 0x7777772)},
      {"xblock.child", [](Kit& k) { k.block(payload_tree(k), 8, payload_tree(k).value); }},
      {"xblock.leaf-size", [](Kit& k) { swap_words(k, payload_tree(k), 8, 16); }},
      {"bbt.reference-count", [](Kit& k) { k.block(payload_tree(k), 16, k.word(payload_tree(k), 8).value); }},
      {"xblock.child", first_x_block<std::uint8_t>(1, 2)},
      {"xblock.size", first_x_block<std::uint16_t>(2, 1020)},
      {"xblock.total", first_x_block<std::uint32_t>(4, 1)},
      {"bid.missing", first_x_block<std::uint64_t>(8, 0x7777770)},
      {"xblock.child", first_x_block<std::uint64_t>(8, 0)},
      {"xblock.type", si_block<std::uint8_t>(1, 2)},
      {"slblock.count", si_block<std::uint16_t>(2, 0)},
      {"slblock.size", si_block<std::uint16_t>(2, 1)},
      {"slblock.padding", si_block<std::uint32_t>(4, 1)},
      {"slblock.nid-high", si_block<std::uint32_t>(12, 1)},
      {"siblock.key", si_block<std::uint32_t>(8, 0x672)},
      {"slblock.order", [](Kit& k) { swap_words(k, k.sub(kMany), 8, 24, 2); }},
      {"slblock.order", [](Kit& k) { swap_words(k, k.word(k.sub(kMany), 16), 8, 32, 3); }},
      {"slblock.level", si_block<std::uint64_t>(16, 4)},
      {"bid.missing", si_block<std::uint64_t>(16, 0x7777772)},
      {"slblock.level", [](Kit& k) { k.block(k.sub(kMany), 16, k.sub(kMany).value); }},
  };
  return all;
}

void expect_named(const std::vector<Mutation>& mutations, const ByteString& bytes) {
  const CheckReport before = check(bytes);
  for (std::size_t i = 0; i < mutations.size(); ++i) {
    const Mutation& m = mutations[i];
    SCOPED_TRACE(std::to_string(i) + " " + m.code);
    Kit kit(bytes);
    m.change(kit);
    ASSERT_FALSE(kit.lost) << "what the mutation looks for is not there";
    const CheckReport after = check(std::move(kit.bytes));
    const std::size_t rule = rule_index(m.code);
    EXPECT_GT(after.counts[rule], before.counts[rule]) << "found only: " << found(after);
  }
}

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

TEST(Checker, NamesEverySingleFault) { expect_named(mutations(), base()); }

TEST(Checker, NamesFaultsOfTheAnsiFormToo) {
  const auto path = shared_data("pst/pst-extractor__contacts97-2002.pst");
  MK_SKIP_IF_ABSENT(path);
  expect_named(ansi_mutations(), *read_file(path));
}

TEST(Checker, NamesFaultsInTreesOfBlocks) { expect_named(tree_mutations(), large_base()); }

TEST(Checker, HasAMutationForEveryRule) {
  std::set<std::string_view> covered = {"page.trailer-4k", "block.trailer-4k",
                                        "block.inflate",                     // ReadsThe4KForm
                                        "fmap.content",    "fpmap.content",  // LooksAtMapsFarIntoAFile
                                        "check.incomplete"};                 // EndsWhenPartsReferToThemselves
  for (const Mutation& m : mutations()) covered.insert(m.code);
  for (const Rule& r : kRules) EXPECT_TRUE(covered.contains(r.code)) << r.code;
}

TEST(Checker, EndsWhenPartsReferToThemselves) {
  Kit kit(base());
  const Bid full = kit.leaf(kit.data(kInboxContents), 0);
  const ByteString b = kit.plain(full);
  const std::size_t root = row_index(b), first = root + 4;  // an index page: every record leads to itself
  const std::uint32_t self = Kit::u32(b, Kit::allocation(b, Kit::u32(b, info(10)(b))) + 4);
  kit.block<std::uint8_t>(full, Kit::allocation(b, Kit::u32(b, info(10)(b))) + 3, 8);
  for (std::size_t at_record = first; at_record < root + 16; at_record += 8)
    kit.block<std::uint32_t>(full, at_record, self);
  const CheckReport looped = check(kit.bytes);
  EXPECT_GT(looped.fatals, 0u);
  Kit tree(base());  // an SLBLOCK all of whose subnodes have it as their own subnodes
  const Bid sub = tree.sub(kMessage);
  for (std::size_t at_entry = 8; at_entry + 24 <= tree.size(sub); at_entry += 24)
    tree.block(sub, at_entry + 16, sub.value);
  EXPECT_NE(found(check(tree.bytes)).find("check.incomplete"), std::string::npos);
}

/// A file of 2 GiB of which only the maps exist: what lies between is zero.
class Sparse final : public ndb::Storage {
 public:
  Sparse(ByteString front, std::uint64_t bad_at) : front_(std::move(front)), bad_at_(bad_at) {
    size_ = 0x4400 + 8193 * std::uint64_t{0x3E000};
    std::memcpy(front_.data() + 184, &size_, 8);
    const std::uint64_t last = size_ - 0x3E000;
    std::memcpy(front_.data() + 192, &last, 8);
  }
  std::uint64_t size() const override { return size_; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    std::fill(out.begin(), out.end(), std::byte{0});
    for (std::size_t i = 0; i < out.size() && offset + i < front_.size(); ++i)
      out[i] = static_cast<std::byte>(front_[offset + i]);
    const bool far = offset >= front_.size() && out.size() == 512;
    if (far && offset != bad_at_) std::fill(out.begin(), out.begin() + 496, std::byte{0xFF});
    return ok;
  }

 private:
  ByteString front_;
  std::uint64_t bad_at_, size_;
};

TEST(Checker, LooksAtMapsFarIntoAFile) {
  constexpr std::uint64_t kFMap = 0x1F04800, kFPMap = 0x7C004800;
  const auto findings = [](std::uint64_t bad_at) {
    const auto report = check_pst(std::make_shared<Sparse>(base(), bad_at), {}, nullptr);
    return report ? found(*report) : report.error().what;
  };
  EXPECT_EQ(findings(0).find("map.content"), std::string::npos);
  EXPECT_NE(findings(kFMap).find("fmap.content"), std::string::npos);
  EXPECT_NE(findings(kFPMap).find("fpmap.content"), std::string::npos);
}

TEST(Checker, ReadsThe4KForm) {
  const auto path = npm_data("pst-extractor/example/testdata/pstextractortest@outlook.com.ost");
  MK_SKIP_IF_ABSENT(path);
  const ByteString ost = *read_file(path);
  const CheckReport clean = check(ost, false);
  EXPECT_EQ(clean.repairs + clean.fatals, 0u) << found(clean);
  const auto db = *ndb::Database::open(ndb::make_memory_storage(ost), {});
  disk::BbtEntry packed;
  MK_CHECK(db->visit_blocks([&](const disk::BbtEntry& e) { packed = e.cbInflated > e.cb ? e : packed; }));
  const std::size_t end = packed.BREF.ib + (packed.cb + 24u + 511) / 512 * 512;
  ByteString page = ost, trailer = ost, bytes = ost;
  const auto root = ndb::read_header(*ndb::make_memory_storage(ost), {})->fields.root.BREFBBT.ib;
  page[root + 4096 - 8] = 7;
  trailer[end - 8] = 7;
  bytes[packed.BREF.ib] = '\x7F';
  EXPECT_NE(found(check(page, false)).find("page.trailer-4k"), std::string::npos);
  EXPECT_NE(found(check(trailer, false)).find("block.trailer-4k"), std::string::npos);
  EXPECT_NE(found(check(bytes, false)).find("block.inflate"), std::string::npos);
}

TEST(Checker, NamesPlaceExpectedAndFound) {
  Kit kit(base());
  in_node(kMessage, property(0x0E08), 7)(kit);
  std::vector<Finding> all;
  const auto report =
      check_pst(ndb::make_memory_storage(kit.bytes), {}, [&](const Finding& f) { all.push_back(f); });
  ASSERT_TRUE(report && !all.empty());
  EXPECT_EQ(all[0].rule->code, "message.size");
  EXPECT_EQ(all[0].place, "message 0x200024");
  EXPECT_EQ(all[0].found, "0x7");
  EXPECT_EQ(all[0].weight, Weight::kRepair);
}

TEST(Checker, HandsOnNoMoreThanTheLimitAndCountsAll) {
  Kit kit(base());
  for (std::size_t slot = 16; slot < 60; ++slot) kit.page<std::uint8_t>(0x4400, slot, 0);
  CheckOptions options;
  options.findings.limit = 3;
  std::uint64_t n = 0;
  const auto report = check_pst(ndb::make_memory_storage(kit.bytes), options,
                                [&](const Finding& f) { n += f.rule->code == "amap.not-allocated" ? 1 : 0; });
  ASSERT_TRUE(report);
  EXPECT_EQ(n, 3u);
  EXPECT_GT(report->repairs, 300u);
}

TEST(Checker, RefusesWhatIsNoPst) {
  for (const ByteString& bytes :
       {ByteString(), ByteString(5, 'x'), ByteString(4096, '\0'), base().substr(0, 100)})
    EXPECT_FALSE(check_pst(ndb::make_memory_storage(bytes), {}, nullptr));
}

TEST(Checker, BearsRandomDamage) {
  std::uint64_t seed = 1;
  for (int round = 0; round < 20; ++round) {
    ByteString bytes = base();
    for (int i = 0; i < 200; ++i) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      bytes[0x200 + (seed >> 16) % (bytes.size() - 0x200)] = static_cast<char>(seed >> 56);
    }
    static_cast<void>(check_pst(
        ndb::make_memory_storage(bytes.substr(0, bytes.size() - 1000u * static_cast<unsigned>(round))), {},
        nullptr));
  }
}

TEST(Sorter, GivesRecordsInOrderAlsoFromRuns) {
  Sorter<std::uint64_t> sorter(testing::TempDir());
  constexpr std::uint64_t kN = 2'500'000, kStep = 7'368'787;  // coprime: every number once
  for (std::uint64_t i = 0; i < kN; ++i) ASSERT_TRUE(sorter.add(i * kStep % kN));
  ASSERT_TRUE(sorter.sort());
  for (std::uint64_t i = 0; i < kN; ++i) {
    const auto next = sorter.next();
    ASSERT_TRUE(next && *next && **next == i) << i;
  }
  const auto end = sorter.next();
  EXPECT_TRUE(end && !*end);
}

}  // namespace
}  // namespace mk::pst::check
