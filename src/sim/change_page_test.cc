#include "sim/change_page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace mk::sim {
namespace {

using Kind = ItemEvent::Kind;

class ChangePages : public ::testing::Test {
 protected:
  ChangePages()
      : mailbox_("a@example.test", *Spool::open(::testing::TempDir())),
        inbox_(mailbox_.well_known("inbox")->number) {}

  Folder& inbox() { return *mailbox_.folder(inbox_); }
  Item& add(bool associated = false) {
    return mailbox_.add_item(inbox_, associated, make_memory_blob("x"), {});
  }
  ChangePage page(std::size_t limit = 512) {
    ChangePage p = next_changes(inbox(), mailbox_.seq(), point_, limit, newest_first_);
    point_ = p.next;
    return p;
  }
  std::vector<Kind> kinds(const ChangePage& p) {
    std::vector<Kind> out;
    for (const auto& e : p.events) out.push_back(e.kind);
    return out;
  }

  Mailbox mailbox_;
  std::uint64_t inbox_;
  SyncPoint point_;
  bool newest_first_ = true;
};

TEST_F(ChangePages, GivesEveryItemOnceOverPages) {
  for (int i = 0; i < 10; ++i) add();
  std::set<std::uint64_t> seen;
  for (int pages = 1;; ++pages) {
    const auto p = page(3);
    for (const auto& e : p.events) EXPECT_TRUE(seen.insert(e.item->number).second);
    if (p.last) break;
    ASSERT_LT(pages, 10);
  }
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_TRUE(page().events.empty());
}

TEST_F(ChangePages, OrderDependsOnTheVersion) {
  const auto first = add().number, second = add().number;
  EXPECT_EQ(next_changes(inbox(), mailbox_.seq(), {}, 512, true).events[0].item->number, second);
  EXPECT_EQ(next_changes(inbox(), mailbox_.seq(), {}, 512, false).events[0].item->number, first);
}

TEST_F(ChangePages, TellsUpdateReadFlagAndDeleteApart) {
  Item &a = add(), &b = add(), &c = add();
  a.facts.flags = b.facts.flags = 0;
  page();
  mailbox_.replace(a, make_memory_blob("y"), a.facts);
  mailbox_.set_read(b, true);
  mailbox_.remove_item(c.number);
  add();
  const auto p = page();
  EXPECT_EQ(kinds(p), (std::vector{Kind::kCreate, Kind::kUpdate, Kind::kReadFlag, Kind::kDelete}));
  EXPECT_TRUE(page().events.empty());
}

TEST_F(ChangePages, AnItemThatChangesBetweenPagesIsStillCreatedFirst) {
  for (int i = 0; i < 4; ++i) add();
  newest_first_ = false;
  const auto first = page(2);
  ASSERT_FALSE(first.last);
  std::set<std::uint64_t> known;
  for (const auto& e : first.events) known.insert(e.item->number);
  for (auto& [number, item] : inbox().items)
    if (!known.contains(number)) mailbox_.replace(*item, item->bytes, item->facts);
  for (const auto& e : page(2).events) {
    EXPECT_EQ(e.kind, Kind::kCreate);
    EXPECT_TRUE(known.insert(e.item->number).second);
  }
  EXPECT_EQ(known.size(), 4U);
  EXPECT_EQ(kinds(page()), (std::vector{Kind::kUpdate, Kind::kUpdate}));
}

TEST_F(ChangePages, AnItemThatCameAndWentIsNotMentioned) {
  page();
  mailbox_.remove_item(add().number);
  EXPECT_TRUE(page().events.empty());
}

TEST_F(ChangePages, AssociatedItemsOnlyWhenAskedFor) {
  add(true);
  EXPECT_TRUE(page().events.empty());
  point_ = {};
  point_.associated_too = true;
  EXPECT_EQ(page().events.size(), 1U);
}

TEST_F(ChangePages, AMoveIsADeleteHereAndACreateThere) {
  Item& item = add();
  page();
  const auto old = item.number;
  Folder& sent = *mailbox_.well_known("sentitems");
  const Item& moved = mailbox_.move_item(item, sent.number);
  EXPECT_NE(moved.number, old);
  EXPECT_EQ(kinds(page()), std::vector{Kind::kDelete});
  EXPECT_EQ(next_changes(sent, mailbox_.seq(), {}, 512, true).events.size(), 1U);
}

TEST_F(ChangePages, CountsAreTrue) {
  add(), add(true);
  add().facts.flags = 1;
  const auto tally = mailbox_.tally(inbox());
  EXPECT_EQ(tally.normal, 2U);
  EXPECT_EQ(tally.associated, 1U);
  EXPECT_EQ(tally.unread, 1U);
  EXPECT_EQ(tally.bytes, 3U);
}

}  // namespace
}  // namespace mk::sim
