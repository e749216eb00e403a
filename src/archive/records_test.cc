#include "archive/records.h"

#include <gtest/gtest.h>

#include <functional>

namespace mk::archive {
namespace {

PointRecord sample_point() {
  return {PointKind::kIncremental, "alice@example.test", "monday", {10}, {20}, 30};
}

FolderRecord sample_folder() {
  FolderRecord f;
  f.folder.id.value = "folder id", f.folder.parent.value = "parent id";
  f.folder.name = "A/B \xFF", f.folder.folder_class = "IPF.Note", f.folder.well_known = "inbox";
  f.folder.readable = false, f.folder.why_unreadable = "denied";
  f.position = 3, f.set = -1, f.held = {4, 5};
  f.state.value = "state", f.ledger = "{}";
  return f;
}

ItemRecord sample_item() {
  ItemRecord i;
  i.head = {{"item id"}, {"key"}, 1000, true, true, true, "IPM.Note"};
  i.label = {"subject", "sender", {133'000'000'000'000'000}};
  i.content_hash = ByteString(32, 'h'), i.search_key = ByteString(16, 's');
  i.stream = {{500, 0, {{7}}}, 600, sha256(as_bytes("stream"))};
  return i;
}

TEST(Records, OfAPointComeBack) {
  const auto p = decode_point(as_bytes(*encode(sample_point())));
  ASSERT_TRUE(p);
  EXPECT_EQ(p->kind, PointKind::kIncremental);
  EXPECT_EQ(p->mailbox, "alice@example.test");
  EXPECT_EQ(p->name, "monday");
  EXPECT_EQ(p->started.ticks, 10u);
  EXPECT_EQ(p->finished.ticks, 20u);
  EXPECT_EQ(p->items, 30u);
}

TEST(Records, OfAFolderComeBackWithWhateverBytesItsNameHas) {
  const FolderRecord was = sample_folder();
  const auto f = decode_folder(as_bytes(*encode(was)));
  ASSERT_TRUE(f);
  EXPECT_EQ(f->folder.id, was.folder.id);
  EXPECT_EQ(f->folder.parent, was.folder.parent);
  EXPECT_EQ(f->folder.name, was.folder.name);
  EXPECT_EQ(f->folder.folder_class, "IPF.Note");
  EXPECT_EQ(f->folder.well_known, "inbox");
  EXPECT_FALSE(f->folder.readable);
  EXPECT_EQ(f->folder.why_unreadable, "denied");
  EXPECT_EQ(f->position, 3u);
  EXPECT_EQ(f->set, -1);
  EXPECT_EQ(f->held.items, 4u);
  EXPECT_EQ(f->held.associated, 5u);
  EXPECT_EQ(f->state.value, "state");
  EXPECT_EQ(f->ledger, "{}");
}

TEST(Records, OfAnItemComeBack) {
  const ItemRecord was = sample_item();
  const auto i = decode_item(as_bytes(*encode(was)), was.stream.object);
  ASSERT_TRUE(i);
  EXPECT_EQ(i->head.id, was.head.id);
  EXPECT_EQ(i->head.change_key, was.head.change_key);
  EXPECT_EQ(i->head.size_bytes, 1000u);
  EXPECT_TRUE(i->head.associated && i->head.read && i->head.has_attachments && !i->read_when_stored);
  EXPECT_EQ(i->head.item_class, "IPM.Note");
  EXPECT_EQ(i->label.subject, "subject");
  EXPECT_EQ(i->label.sender, "sender");
  EXPECT_EQ(i->label.received, was.label.received);
  EXPECT_EQ(i->content_hash, was.content_hash);
  EXPECT_EQ(i->search_key, was.search_key);
  EXPECT_EQ(i->stream.bytes, 600u);
  EXPECT_EQ(i->stream.sha256, was.stream.sha256);
  EXPECT_EQ(i->stream.object.id, was.stream.object.id);
}

TEST(Records, CutLabelsBetweenCharactersAndRefuseIdsThatNoEntryHolds) {
  ItemRecord item = sample_item();
  item.label.subject = std::string(511, 'x') + "ä" + std::string(3000, 'y');
  const auto cut = decode_item(as_bytes(*encode(item)), {});
  EXPECT_EQ(cut->label.subject, std::string(511, 'x'));
  item.head.id.value = std::string(4096, 'i');
  EXPECT_EQ(encode(item).error().code, Code::kUnsupported);
  FolderRecord folder = sample_folder();
  folder.folder.name = std::string(70'000, 'n');
  EXPECT_EQ(encode(folder).error().code, Code::kInvalid);
}

/// Cut anywhere, longer, or with bits that there are not.
TEST(Records, RefuseWhatIsNoRecord) {
  const std::vector<std::pair<ByteString, std::function<bool(Bytes)>>> records{
      {*encode(sample_point()), [](Bytes b) { return static_cast<bool>(decode_point(b)); }},
      {*encode(sample_folder()), [](Bytes b) { return static_cast<bool>(decode_folder(b)); }},
      {*encode(sample_item()), [](Bytes b) { return static_cast<bool>(decode_item(b, {})); }}};
  for (const auto& [bytes, decodes] : records) {
    EXPECT_TRUE(decodes(as_bytes(bytes)));
    for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decodes(as_bytes(bytes).first(n))) << n;
    EXPECT_FALSE(decodes(as_bytes(bytes + "x")));
    ByteString reserved = bytes;
    reserved[3] = 2;
    EXPECT_FALSE(decodes(as_bytes(reserved)));
  }
  ByteString newer = *encode(sample_point());
  newer[0] = 3;
  EXPECT_EQ(decode_point(as_bytes(newer)).error().code, Code::kUnsupported);
  ByteString flags = *encode(sample_item());
  flags[0] = 16;
  EXPECT_EQ(decode_item(as_bytes(flags), {}).error().code, Code::kCorrupt);
}

TEST(Records, NameStreamsInJournals) {
  StoredStream was = sample_item().stream;
  was.object.depth = 0, was.object.offset = 70'000;
  const auto stream = parse_stream(format_stream(was));
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->object, was.object);
  EXPECT_EQ(stream->bytes, was.bytes);
  EXPECT_EQ(stream->sha256, was.sha256);
  const std::string text = format_stream(was);
  EXPECT_EQ(parse_stream(text.substr(0, text.size() - 8))->object.offset, 0u);  // as version 1 has it
  EXPECT_EQ(parse_stream(text.substr(0, text.size() - 2) + "01").error().code, Code::kCorrupt);
  was.object.depth = 1;
  EXPECT_EQ(parse_stream(format_stream(was)).error().code, Code::kCorrupt);
  EXPECT_EQ(parse_stream("00").error().code, Code::kCorrupt);
  EXPECT_EQ(parse_stream("no digits").error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace mk::archive
