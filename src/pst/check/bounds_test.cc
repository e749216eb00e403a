// Files that lead the checker in circles, or to the same bytes again and again.
#include <gtest/gtest.h>

#include "pst/check/mutations.h"

namespace mk::pst::check {
namespace {

/// A B-tree of these leaf entries behind the file, and the header's BREF to it. No page is signed.
void put_tree(ByteString& file, std::size_t bref_at, const std::vector<ByteString>& entries,
              std::size_t n_page) {
  std::vector<ByteString> level = entries;
  for (std::uint8_t depth = 0;; ++depth) {
    std::vector<ByteString> above;
    for (std::size_t i = 0; i < level.size(); i += n_page) {
      ByteString page;
      const std::size_t n = std::min(n_page, level.size() - i);
      for (std::size_t k = 0; k < n; ++k) page += level[i + k];
      const ByteString bref = le_bytes(std::uint64_t{7}) + le_bytes(std::uint64_t{file.size()});
      above.push_back(level[i].substr(0, 8) + bref);
      page.resize(488, '\0');
      page += ByteString{static_cast<char>(n), static_cast<char>(n_page), static_cast<char>(level[i].size()),
                         static_cast<char>(depth)};
      page.resize(512, '\0');
      file += page;
    }
    level = std::move(above);
    n_page = 20;
    if (level.size() == 1) break;
  }
  file.replace(bref_at, 16, level[0].substr(8));
}

constexpr std::size_t kNbtAt = 216, kBbtAt = 232;  // BREFs in the header

/// What may be spent on a file of so many bytes.
std::uint64_t most_work(std::size_t bytes) { return (std::uint64_t{16} << 20) + 64 * std::uint64_t{bytes}; }

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

TEST(Checker, SpendsFewUnitsOnEachByteOfASoundFile) {
  for (const ByteString* file : {&base(), &large_base()}) EXPECT_LT(check(*file).work, 20 * file->size());
}

TEST(Checker, LooksIntoBlocksThatLieOverOthersOnlySoOften) {
  Kit kit(large_base());
  const std::uint64_t x_block = kit.place(kit.word(payload_tree(kit), 8));  // 1,021 ids in 8 KiB
  std::vector<ByteString> entries;
  for (std::uint64_t i = 1; i <= 20'000; ++i)
    entries.push_back(le_bytes(4 * i + 2) + le_bytes(x_block) + le_bytes(std::uint16_t{8176}) +
                      le_bytes(std::uint16_t{2}) + le_bytes(std::uint32_t{0}));
  put_tree(kit.bytes, kBbtAt, entries, 20);
  const std::size_t size = kit.bytes.size();
  const CheckReport report = check(std::move(kit.bytes));
  EXPECT_EQ(report.blocks, entries.size());
  EXPECT_LE(report.work, most_work(size));
  EXPECT_NE(found(report).find("check.incomplete"), std::string::npos);
}

TEST(Checker, LooksAtNodesThatShareTheirDataOnlySoOften) {
  Kit kit(base());
  std::vector<ByteString> entries;
  for (const std::uint32_t nid : {0x21u, 0x61u, 0x122u, kInbox})
    entries.push_back(le_bytes(std::uint64_t{nid}) + le_bytes(kit.data(nid).value) +
                      le_bytes(kit.sub(nid).value) + le_bytes(std::uint64_t{0x122}));
  for (std::uint32_t i = 0; i < 10'000; ++i)  // each of them a message with 400 attachments
    entries.push_back(le_bytes(std::uint64_t{kMessage + 32 * i}) + le_bytes(kit.data(kMany).value) +
                      le_bytes(kit.sub(kMany).value) + le_bytes(std::uint64_t{kInbox}));
  put_tree(kit.bytes, kNbtAt, entries, 15);
  const std::size_t size = kit.bytes.size();
  const CheckReport report = check(std::move(kit.bytes));
  EXPECT_EQ(report.nodes, entries.size());
  EXPECT_LE(report.work, most_work(size));
  EXPECT_NE(found(report).find("check.incomplete"), std::string::npos);
}

TEST(Checker, FollowsALongCircleOfFoldersOnce) {
  std::vector<ByteString> entries;
  constexpr std::uint32_t kFolders = 20'000;
  for (std::uint32_t i = 0; i < kFolders; ++i)
    entries.push_back(le_bytes(std::uint64_t{kInbox + 32 * i}) + ByteString(16, '\0') +
                      le_bytes(std::uint64_t{kInbox + 32 * ((i + 1) % kFolders)}));
  ByteString file = base();
  put_tree(file, kNbtAt, entries, 15);
  const CheckReport report = check(file);
  EXPECT_EQ(report.counts[RuleId("nbt.parent-cycle").index], kFolders);
}

}  // namespace
}  // namespace mk::pst::check
