// Golden pairs of our own making, one for every root, with what the corpus of real streams lacks:
// testdata/NAME.bin is the stream, NAME.json its canonical JSON. MK_ACCEPT=1 writes them anew.
#include <fstream>

#include "base/text.h"
#include "mapi/streams_test.h"

namespace mk::mapi {
namespace {

using model::Property;
using model::PropTag;
using model::Value;

Property number(std::uint32_t tag, std::uint32_t value) {
  return {PropTag(tag), {}, Value::of_bytes(le_bytes(value)), false};
}
Property bytes(std::uint32_t tag, ByteString value) {
  return {PropTag(tag), {}, Value::of_bytes(std::move(value)), false};
}
Property text(std::uint32_t tag, std::string_view utf8) { return bytes(tag, utf16_from_utf8(utf8)); }
Property named(std::uint32_t tag, model::PropertyName name, ByteString value) {
  return {PropTag(tag), std::move(name), Value::of_bytes(std::move(value)), false};
}
Property many(std::uint32_t tag, std::vector<ByteString> values) {
  return {PropTag(tag), {}, Value::of_elements(std::move(values)), false};
}
Property unterminated(Property p) {
  p.unterminated = true;
  return p;
}

Node node(Element e, std::vector<Part> parts) { return {e, std::move(parts)}; }

/// Every type, with the values that are easily got wrong.
std::vector<Part> all_types() {
  return {
      bytes(0x400884E4, "/O=FIRST"),
      text(0x001A001F, "IPM.Note"),
      number(0x00170003, 0xFFFFFFFF),
      bytes(0x05170002, le_bytes<std::int16_t>(-2)),
      bytes(0x10010004, le_bytes(1.5F)),
      bytes(0x10020005, le_bytes(-0.0)),
      bytes(0x10030006, le_bytes<std::int64_t>(-123456789)),
      bytes(0x10040007, le_bytes(5.25)),
      number(0x1005000A, 0x8004010F),
      bytes(0x0E69000B, le_bytes<std::uint16_t>(1)),
      bytes(0x3701000D, "OBJ"),
      bytes(0x10060014, le_bytes(INT64_MIN)),
      bytes(0x0037001E, "caf\xE9"),
      bytes(0x0E1D84E4, "\x80 5"),
      text(0x007084B0, "日本 \"📈\"\n\x01"),
      bytes(0x30070040, le_bytes(UINT64_C(132000000000000000))),
      bytes(0x68330048, ByteString(16, '\x11')),
      bytes(0x100900FB, ByteString("\1\2\3", 3)),
      bytes(0x100A00FD, "R"),
      bytes(0x100B00FE, "A"),
      bytes(0x10130102, ""),
      bytes(0x10140102, ByteString(513, 'z')),
      text(0x1000001F, std::string(513, 'y')),
      text(0x3001001F, ""),
      unterminated(text(0x3002001F, "no NUL")),
      unterminated(bytes(0x3003001F, "odd")),
      unterminated(bytes(0x3004001E, "")),
      text(0x3005001F, std::string("in\0side", 7)),
      unterminated(many(0x6618101F, {"", ByteString("\0\0", 2)})),
      many(0x12051002, {le_bytes<std::int16_t>(-1)}),
      many(0x1206101F, {utf16_from_utf8("é"), ""}),
      many(0x1207101E, {"a", ""}),
      many(0x12081102, {"", "b"}),
      many(0x12091048, {ByteString(16, '\x22')}),
      many(0x120A1003, {}),
      named(0x80010003, model::lid_name(model::pset::kCommon, 0xFFFFFFFE), le_bytes(1)),
      named(0x8002001F, model::string_name(model::pset::kPublicStrings, "имя"), utf16_from_utf8("value"))};
}

Node message_content() {
  std::vector<Part> parts = all_types();
  parts.emplace_back(number(meta::kFXDelProp, 0x0E12000D));
  parts.emplace_back(node(Element::kRecipient, {number(0x30000003, 0), text(0x3001001F, "Ann")}));
  parts.emplace_back(number(meta::kFXDelProp, 0x0E13000D));
  parts.emplace_back(node(Element::kAttachment,
                          {number(0x0E210003, 0), number(0x37050003, 5), number(meta::kFXDelProp, 0x3701000D),
                           node(Element::kEmbeddedMessage,
                                {text(0x001A001F, "IPM.Contact"), number(meta::kFXDelProp, 0x0E12000D)})}));
  return node(Element::kMessageContent, std::move(parts));
}

Node message(Element e, std::string_view subject) {
  return node(e, {text(0x001A001F, "IPM.Note"), text(0x0037001F, subject),
                  node(Element::kRecipient, {number(0x30000003, 0)})});
}

Node state() {
  return node(Element::kState, {bytes(meta::kIdsetGiven, "\1\2"), bytes(0x67960102, ""),
                                bytes(0x67DA0102, "\3"), bytes(0x67D20102, "\4")});
}

Node folder(Element e) {
  return node(e, {text(0x3001001F, "Inbox"), number(0x36010003, 1), number(meta::kEcWarning, 0x80070005),
                  bytes(meta::kNewFXFolder, "replica"), number(meta::kFXDelProp, 0x3610000D),
                  message(Element::kAssociatedMessage, "rule"), number(meta::kFXDelProp, 0x360F000D),
                  message(Element::kMessage, "mail"), number(meta::kFXDelProp, 0x360E000D),
                  node(Element::kSubFolder, {text(0x3001001F, "Sub"), number(0x36010003, 1)})});
}

Node contents_sync() {
  Node full = node(
      Element::kMessageChange,
      {node(Element::kProgressPerMessage,
            {number(0x00000003, 99), bytes(0x0000000B, le_bytes<std::uint16_t>(0))}),
       node(Element::kChangeHeader, {bytes(0x65E00102, "key")}),
       node(Element::kChangeMessage, {text(0x0037001F, "changed"), number(meta::kFXDelProp, 0x0E12000D)})});
  Node partial = node(
      Element::kMessageChange,
      {node(Element::kGroupInfo, {bytes(0x00000102, "groups")}), number(meta::kIncrSyncGroupId, 7),
       node(Element::kPartialHeader, {bytes(0x65E00102, "key")}),
       node(Element::kPartialMessage, {number(meta::kIncrementalSyncMessagePartial, 1), number(0x0E070003, 1),
                                       node(Element::kRecipient, {number(0x30000003, 0)})})});
  return node(Element::kContentsSync,
              {node(Element::kProgressTotal, {bytes(0x00000102, ByteString(32, '\0'))}), std::move(full),
               std::move(partial), node(Element::kErrorInfo, {bytes(0x00000102, "error")}),
               node(Element::kDeletions, {bytes(0x67E50102, "d")}),
               node(Element::kReadStateChanges, {bytes(0x402D0102, "r")}), state()});
}

struct Golden {
  const char* name;
  Root root;
  Node tree;
};

std::vector<Golden> goldens() {
  return {
      {"message_content", Root::kMessageContent, message_content()},
      {"attachment_content", Root::kAttachmentContent,
       node(Element::kAttachmentContent, {number(0x0E210003, 0), bytes(0x37010102, "data"),
                                          node(Element::kEmbeddedMessage, {text(0x0037001F, "inner")})})},
      {"folder_content", Root::kFolderContent, folder(Element::kFolderContent)},
      {"message_list", Root::kMessageList,
       node(Element::kMessageList, {number(meta::kEcWarning, 1), message(Element::kAssociatedMessage, "a"),
                                    message(Element::kMessage, "b")})},
      {"top_folder", Root::kTopFolder, folder(Element::kTopFolder)},
      {"contents_sync", Root::kContentsSync, contents_sync()},
      {"hierarchy_sync", Root::kHierarchySync,
       node(Element::kHierarchySync,
            {node(Element::kChangeHeader, {bytes(0x65E10102, ""), text(0x3001001F, "Inbox")}),
             node(Element::kDeletions, {bytes(0x67E50102, "d")}),
             node(Element::kState, {bytes(meta::kIdsetGiven, "\1"), bytes(0x67960102, "\2")})})},
      {"state", Root::kState, state()}};
}

std::filesystem::path golden_path(const Golden& g, const char* extension) {
  return std::filesystem::path(MK_SOURCE_DIR) / "src/mapi/testdata" / (std::string(g.name) + extension);
}

void accept(const Golden& g) {
  const ByteString stream = encoded(g.tree);
  std::ofstream(golden_path(g, ".bin"), std::ios::binary) << stream;
  std::ofstream(golden_path(g, ".json"), std::ios::binary)
      << json_of(read_partial_tree(make_memory_blob(stream), g.root, false));
}

TEST(Golden, StreamsOfEveryRootAreReadAndWrittenAsTheyWere) {
  for (const Golden& g : goldens()) {
    SCOPED_TRACE(g.name);
    if (std::getenv("MK_ACCEPT") != nullptr) accept(g);
    const ByteString stream = slurp(golden_path(g, ".bin"));
    ASSERT_FALSE(stream.empty());
    EXPECT_EQ(to_hex(as_bytes(encoded(g.tree))), to_hex(as_bytes(stream)));
    const auto decoded = read_partial_tree(make_memory_blob(stream), g.root, false);
    ASSERT_FALSE(decoded.damage) << decoded.damage->what;
    EXPECT_EQ(json_of(decoded), slurp(golden_path(g, ".json")));
    EXPECT_EQ(to_hex(as_bytes(encoded(decoded.tree))), to_hex(as_bytes(stream)));
    const auto root = guess_root(*make_memory_source(as_bytes(stream)));
    ASSERT_TRUE(root);
    EXPECT_EQ(root_name(*root), root_name(g.root));
  }
}

TEST(Golden, ACutAtEveryByteNeverCrashesAndSaysWhereItIs) {
  for (const Golden& g : goldens()) {
    SCOPED_TRACE(g.name);
    const ByteString stream = slurp(golden_path(g, ".bin"));
    const bool has_end = markers_of(element_of(g.root)).end != Marker::kNone;
    for (std::size_t n = 0; n < stream.size(); ++n) {
      const auto partial = read_partial_tree(make_memory_blob(stream.substr(0, n)), g.root, false);
      ASSERT_TRUE(partial.damage || !has_end) << n;
      if (partial.damage) {
        ASSERT_EQ(partial.damage->code, Code::kTruncated) << n << ": " << partial.damage->what;
        ASSERT_NE(partial.damage->what.find("offset"), std::string::npos);
      }
      ASSERT_FALSE(json_of(partial).empty());
    }
  }
}

TEST(Golden, ChangingOneValueChangesExactlyItsBytes) {
  for (const Golden& g : goldens()) {
    SCOPED_TRACE(g.name);
    const ByteString stream = slurp(golden_path(g, ".bin"));
    auto tree = read_tree(make_memory_blob(stream), g.root);
    ASSERT_TRUE(tree) << tree.error().what;
    std::vector<Property*> properties;
    collect(*tree, properties);
    std::size_t from = 0;
    for (Property* p : properties) {
      const Value old = p->value;
      ByteString changed(as_chars(old.bytes()));
      for (char& c : changed) c = static_cast<char>(~c);
      p->value = Value::of_bytes(changed);
      const ByteString again = encoded(*tree);
      p->value = old;
      ASSERT_EQ(again.size(), stream.size());
      const std::size_t at = stream.find(ByteString(as_chars(old.bytes())), from);
      const auto first = static_cast<std::size_t>(
          std::mismatch(stream.begin(), stream.end(), again.begin()).first - stream.begin());
      ASSERT_LE(at, first);
      EXPECT_EQ(again.substr(first, changed.size()), changed);
      EXPECT_EQ(again.substr(0, first), stream.substr(0, first));
      EXPECT_EQ(again.substr(first + changed.size()), stream.substr(first + changed.size()));
      from = first + changed.size();
    }
  }
}

}  // namespace
}  // namespace mk::mapi
