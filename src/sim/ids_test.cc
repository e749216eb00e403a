#include "sim/ids.h"

#include <gtest/gtest.h>

#include "sim/sync_state.h"

namespace mk::sim {
namespace {

const Guid kMailbox{0x12345678, 0x9ABC, 0xDEF0, {1, 2, 3, 4, 5, 6, 7, 8}};

TEST(Ids, AreAsLongAsRealOnes) {
  EXPECT_EQ(format_id(ItemRef{kMailbox, 1, 2}).size(), 152U);
  EXPECT_EQ(format_id(FolderRef{kMailbox, 1}).size(), 120U);
  EXPECT_TRUE(format_id(ItemRef{kMailbox, 1, 2}).starts_with("AAMkA"));
}

TEST(Ids, ReadBackWhatTheySay) {
  const ItemRef item{kMailbox, 0x123456, 0xABCDEF012345};
  EXPECT_EQ(parse_item_id(format_id(item)), item);
  const FolderRef folder{kMailbox, 77};
  EXPECT_EQ(parse_folder_id(format_id(folder)), folder);
  const auto attachment = parse_attachment_id(format_id(AttachmentRef{item, 3}));
  ASSERT_TRUE(attachment);
  EXPECT_EQ(attachment->item, item);
  EXPECT_EQ(attachment->index, 3U);
  EXPECT_EQ(item_of_entry_id(entry_id(item)), item);
  EXPECT_EQ(folder_of_entry_id(entry_id(folder)), folder);
}

TEST(Ids, RefuseWhatIsNone) {
  const std::string item = format_id(ItemRef{kMailbox, 1, 2}), folder = format_id(FolderRef{kMailbox, 1});
  EXPECT_FALSE(parse_item_id(folder));
  EXPECT_FALSE(parse_folder_id(item));
  EXPECT_FALSE(parse_item_id(""));
  EXPECT_FALSE(parse_item_id("malformedparentid"));
  EXPECT_FALSE(parse_attachment_id(item));
  EXPECT_FALSE(parse_item_id(std::string(4000, 'A')));
  for (std::size_t n = 0; n < item.size(); n += 4) EXPECT_FALSE(parse_item_id(item.substr(0, n))) << n;
}

TEST(ChangeKeys, ReadBackTheirNumber) {
  const auto key = format_change_key(9, kMailbox, 123456789);
  EXPECT_TRUE(key.starts_with("CQAAABYAAA"));
  EXPECT_EQ(parse_change_key(key), 123456789U);
  EXPECT_FALSE(parse_change_key("CQAAAA=="));
}

TEST(SyncState, ReadsBackAndRefusesEveryChangedByte) {
  SyncPoint p;
  p.mailbox = kMailbox;
  p.folder = 5, p.since = 6, p.until = 7, p.after = 8;
  p.phase = SyncPoint::Phase::kChanged;
  p.associated_too = true;
  const std::string text = format_sync_state(p, "secret");
  const auto back = parse_sync_state(text, "secret");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->folder, 5U);
  EXPECT_EQ(back->after, 8U);
  EXPECT_EQ(back->phase, SyncPoint::Phase::kChanged);
  EXPECT_FALSE(parse_sync_state(text, "another server"));
  const auto raw = from_base64(text);
  for (std::size_t i = 0; i < raw->size(); ++i) {
    ByteString changed = *raw;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(parse_sync_state(to_base64(as_bytes(changed)), "secret")) << i;
  }
}

}  // namespace
}  // namespace mk::sim
