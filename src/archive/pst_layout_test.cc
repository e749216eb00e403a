#include "archive/pst_layout.h"

#include "archive/fixture_test.h"

namespace mk::archive {
namespace {

TEST(PstLayout, RecordOfAPstComesBack) {
  const PstRecord was = sample_pst();
  const auto pst = decode_pst(as_bytes(*encode(was)));
  ASSERT_TRUE(pst) << pst.error().what;
  EXPECT_EQ(std::tie(pst->kept, pst->writer, pst->bytes, pst->sha256, pst->items, pst->lost, pst->file),
            std::tie(was.kept, was.writer, was.bytes, was.sha256, was.items, was.lost, was.file));
  PstRecord named = was;
  named.file.assign(1025, 'x');
  EXPECT_EQ(encode(named).error().code, Code::kInvalid);
}

TEST(PstLayout, LayoutComesBackWithNamesAndLargeProperties) {
  const auto was = sample_layout();
  const auto layout = decode_layout(as_bytes(*encode(was)), 1);
  ASSERT_TRUE(layout) << layout.error().what;
  EXPECT_EQ(layout->writer, 1u);
  EXPECT_FALSE(layout->permute);
  EXPECT_EQ(layout->store_name, "alice");
  EXPECT_EQ(layout->names, was.names);
  EXPECT_EQ(layout->last_indexes, was.last_indexes);
  EXPECT_EQ(layout->store.get_text(model::pid::kDisplayName), "alice");
  ASSERT_EQ(layout->folders.size(), 2u);
  EXPECT_EQ(layout->folders[0].role, pst::FolderRole::kRoot);
  EXPECT_EQ(layout->folders[1].nid, pst::Nid(0x80A2));
  EXPECT_EQ(layout->folders[1].parent, pst::Nid(0x122));
  EXPECT_EQ(layout->folders[1].properties.find(0x3FF0)->value.size(), 100'000u);
}

TEST(PstLayout, ItemComesBack) {
  const PstItem was = sample_pst_item();
  ByteString wire;
  encode_to(wire, was);
  ASSERT_EQ(wire.size(), kPstItemBytes);
  const auto item = decode_pst_item(as_bytes(wire));
  ASSERT_TRUE(item);
  EXPECT_EQ(std::tie(item->place.nid, item->place.folder, item->place.embedded, item->mark, item->key),
            std::tie(was.place.nid, was.place.folder, was.place.embedded, was.mark, was.key));
}

TEST(PstLayout, RefusesWhatNoRecordHas) {
  const auto changed = [](ByteString bytes, std::size_t at, char to) {
    bytes[at] = to;
    return bytes;
  };
  const ByteString pst = *encode(sample_pst()), layout = *encode(sample_layout());
  EXPECT_EQ(decode_pst(as_bytes(changed(pst, 0, 2))).error().code, Code::kUnsupported);
  EXPECT_EQ(decode_pst(as_bytes(changed(pst, 2, 4))).error().code, Code::kCorrupt);
  EXPECT_EQ(decode_pst(as_bytes(changed(pst, 3, 1))).error().code, Code::kCorrupt);
  EXPECT_EQ(decode_pst(as_bytes(pst + "x")).error().code, Code::kCorrupt);
  EXPECT_EQ(decode_layout(as_bytes(changed(layout, 0, 2)), 1).error().code, Code::kCorrupt);
  EXPECT_EQ(decode_layout(as_bytes(layout + "x"), 1).error().code, Code::kCorrupt);
  EXPECT_FALSE(decode_layout(as_bytes(changed(layout, 132, 99)), 1));  // so many names
  EXPECT_FALSE(decode_layout(as_bytes(changed(layout, 139, 99)), 1));  // so many folders
  for (std::size_t n = 0; n < layout.size(); n += 97)
    EXPECT_FALSE(decode_layout(as_bytes(layout).first(n), 1)) << n;
  for (std::size_t n = 0; n < pst.size(); ++n) EXPECT_FALSE(decode_pst(as_bytes(pst).first(n))) << n;
  EXPECT_FALSE(decode_pst_item(as_bytes(pst).first(47)));
}

TEST(PstLayout, PointSaysItsForm) {
  PointRecord point{PointKind::kFull, "alice", "monday", {1}, {2}, 3};
  const ByteString items = *encode(point);
  EXPECT_EQ(items[0], 2);
  EXPECT_EQ(decode_point(as_bytes(items))->form, PointForm::kItems);
  point.form = PointForm::kPstFiles;
  ByteString psts = *encode(point);
  EXPECT_EQ(psts[0], 2);
  EXPECT_EQ(decode_point(as_bytes(psts))->form, PointForm::kPstFiles);
  psts[0] = 1;
  EXPECT_EQ(decode_point(as_bytes(psts)).error().code, Code::kCorrupt);
  ByteString old = items;
  old[0] = 1;
  EXPECT_TRUE(*encode(*decode_point(as_bytes(old))) == old);
  psts[0] = 3;
  EXPECT_EQ(decode_point(as_bytes(psts)).error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace mk::archive
