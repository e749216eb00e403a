#include "agent/restore/open_state.h"

#include "agent/restore/browse.h"
#include "agent/restore/fixture_test.h"
#include "agent/restore/search.h"
#include "agent/restore/vault_catalog.h"
#include "job/backup_directory.h"

namespace mk::agent {
namespace {

class OpenStateTest : public RestoreTest {
 protected:
  OpenState open(std::size_t destination, FileTime at = {}) {
    auto opened = open_state(schedule, schedule.destinations[destination], kAlice, at, workshop);
    EXPECT_TRUE(opened) << opened.error().what;
    return opened ? *std::move(opened) : OpenState{};
  }
};

TEST_F(OpenStateTest, ListsThePointsOfAllDestinations) {
  fill(3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  ASSERT_NO_FATAL_FAILURE(back_up());
  for (const std::string mailbox : {"", "Alice@example.test"}) {
    const auto list = list_points(schedule, mailbox, workshop);
    ASSERT_TRUE(list) << list.error().what;
    ASSERT_EQ(list->points.size(), 4u);
    EXPECT_TRUE(list->unread.empty()) << list->unread.front();
    for (const auto& p : list->points) EXPECT_EQ(p.items, 4u) << p.destination << ' ' << p.name << p.problem;
    EXPECT_GT(list->points.front().started, list->points.back().started) << "the newest first";
  }
  EXPECT_TRUE(list_points(schedule, "bob@example.test", workshop)->points.empty());
}

TEST_F(OpenStateTest, TellsOfDamagedPointsAndOfDestinationsThatAreNotThere) {
  fill(1);
  ASSERT_NO_FATAL_FAILURE(back_up());
  const auto directory = mailbox_directory(schedule.destinations[0], kAlice);
  for (const auto& point : std::filesystem::directory_iterator(directory / "points"))
    std::filesystem::resize_file(point.path() / "manifest.jsonl", 10);
  std::filesystem::rename(dir / "vault", dir / "moved");
  const auto list = list_points(schedule, "", workshop);
  ASSERT_TRUE(list);
  ASSERT_EQ(list->points.size(), 1u);
  EXPECT_FALSE(list->points[0].problem.empty());
  ASSERT_EQ(list->unread.size(), 1u);
  EXPECT_TRUE(list->unread[0].starts_with("vault:"));
}

TEST_F(OpenStateTest, OpensTheNewestPointAtOrBeforeATime) {
  fill(2);
  ASSERT_NO_FATAL_FAILURE(back_up());
  const FileTime between = now();
  server.add(inbox, TestServer::stream_of("later"));
  ASSERT_NO_FATAL_FAILURE(back_up());
  for (const std::size_t d : {0u, 1u}) {
    const auto before = open(d, between), newest = open(d);
    EXPECT_LT(before.manifest().started, between);
    EXPECT_GT(newest.manifest().started, between);
    EXPECT_EQ(list_folders(before)[1].items, 2u);
    EXPECT_EQ(list_folders(newest)[1].items, 3u);
    const auto same = open(d, before.manifest().started);
    EXPECT_EQ(same.manifest().name, before.manifest().name) << "a point's own time is its address";
  }
}

TEST_F(OpenStateTest, SaysWhatIsNotThere) {
  EXPECT_EQ(open_state(schedule, "", kAlice, {}, workshop).error().code, Code::kNotFound);
  fill(1);
  ASSERT_NO_FATAL_FAILURE(back_up());
  for (const auto& d : schedule.destinations) {
    const auto bob = open_state(schedule, d, "bob@example.test", {}, workshop);
    EXPECT_EQ(bob.error().code, Code::kNotFound);
    EXPECT_NE(bob.error().what.find(d.place), std::string::npos) << bob.error().what;
    EXPECT_EQ(open_state(schedule, d, kAlice, {1}, workshop).error().code, Code::kNotFound);
  }
  EXPECT_EQ(open_state(schedule, "elsewhere", kAlice, {}, workshop).error().code, Code::kNotFound);
}

TEST_F(OpenStateTest, TakesTheNextDestinationWhenOneDoesNotGiveIt) {
  fill(1);
  ASSERT_NO_FATAL_FAILURE(back_up());
  std::filesystem::rename(dir / "plain", dir / "moved");
  const auto opened = open_state(schedule, "", kAlice, {}, workshop);
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(opened->destination, schedule.destinations[1].place);
}

TEST_F(OpenStateTest, ShowsItemsPageByPage) {
  fill(25);
  ASSERT_NO_FATAL_FAILURE(back_up());
  for (const std::size_t d : {0u, 1u}) {
    const auto state_then = open(d);
    std::set<std::string> seen;
    ItemsQuery query{"Inbox", {}, true, {}, 10};
    for (bool more = true; more;) {
      const auto page = list_items(state_then, query, workshop);
      ASSERT_TRUE(page) << page.error().what;
      for (const auto& item : page->items) EXPECT_TRUE(seen.insert(item.id).second) << "twice";
      more = page->more;
      query.after = page->items.back().id;
    }
    EXPECT_EQ(seen.size(), 25u);
    EXPECT_EQ(list_items(state_then, {"Nowhere", {}, true, {}, 10}, workshop).error().code, Code::kNotFound);
  }
}

TEST_F(OpenStateTest, SortsWhatIsInVaults) {
  fill(12);
  ASSERT_NO_FATAL_FAILURE(back_up());
  const ItemsQuery query{"Inbox", catalog::Order::kSubject, false, {}, 3};
  const auto page = list_items(open(1), query, workshop);
  ASSERT_TRUE(page) << page.error().what;
  ASSERT_EQ(page->items.size(), 3u);
  EXPECT_EQ(page->items[0].label.subject, "mail 0");
  EXPECT_EQ(page->items[1].label.subject, "mail 1");
  EXPECT_EQ(page->items[2].label.subject, "mail 10");
  EXPECT_TRUE(page->more);
  EXPECT_EQ(list_items(open(0), query, workshop).error().code, Code::kUnsupported);
}

TEST_F(OpenStateTest, GivesAnItemAsAFile) {
  fill(3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  for (const std::size_t d : {0u, 1u}) {
    const auto state_then = open(d);
    const auto item = read_item(state_then, "Inbox", ids[1]);
    ASSERT_TRUE(item) << item.error().what;
    const auto file = item_file(*item, {});
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_EQ(file->name, "mail 1.eml");
    const auto in = file->content->open();
    EXPECT_NE(read_all(**in, 1 << 20)->find("the body of mail 1"), std::string::npos);
    EXPECT_EQ(read_item(state_then, "Inbox/Projects", ids[1]).error().code, Code::kNotFound);
  }
}

TEST_F(OpenStateTest, SearchesVaultsAndSaysWhatIsNotIndexed) {
  fill(5);
  ASSERT_NO_FATAL_FAILURE(back_up());
  Search question;
  question.query.subject = "mail";
  question.query.limit = 3;
  const auto found = search(schedule, "", question, workshop);
  ASSERT_TRUE(found) << found.error().what;
  ASSERT_EQ(found->found.size(), 1u);
  EXPECT_EQ(found->found[0].versions.size(), 3u);
  EXPECT_EQ(found->found[0].next, found->found[0].versions.back().id);
  ASSERT_EQ(found->found[0].points.size(), 1u);
  EXPECT_EQ(found->found[0].points[0].mailbox, kAlice);
  EXPECT_EQ(found->not_indexed, std::vector{schedule.destinations[0].place});
  EXPECT_EQ(search(schedule, "elsewhere", question, workshop).error().code, Code::kNotFound);
}

TEST_F(OpenStateTest, SearchesAllSchedulesWithoutOpeningAnyVault) {
  fill(5);
  ASSERT_NO_FATAL_FAILURE(back_up());
  Schedule second = schedule;  // has the same vault, and one that was never written
  second.name = "second";
  second.destinations.push_back({"vault:" + (dir / "nowhere").string(), {}, {}, {}, {}});
  Search question;
  question.query.subject = "mail";
  auto found = search_all({schedule, second}, question, workshop);
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_TRUE(found->found.empty()) << "no catalog is there yet";
  EXPECT_EQ(found->unread.size(), 2u);
  ASSERT_TRUE(update_catalogs(schedule, workshop));
  vaults.forget();
  std::filesystem::rename(dir / "vault", dir / "elsewhere");
  found = search_all({schedule, second}, question, workshop);
  ASSERT_TRUE(found) << found.error().what;
  ASSERT_EQ(found->found.size(), 1u);
  EXPECT_EQ(found->found[0].schedule, "nightly");
  EXPECT_EQ(found->found[0].versions.size(), 5u);
  EXPECT_NE(found->found[0].as_of.ticks, 0u);
  EXPECT_EQ(found->not_indexed, std::vector{schedule.destinations[0].place});
  EXPECT_EQ(found->unread.size(), 1u);
  question.query.mailbox = "nobody@example.test";
  found = search_all({schedule}, question, workshop);
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_TRUE(found->found.empty() && found->unread.empty());
}

TEST_F(OpenStateTest, FindsWhatWasDeletedAndVersions) {
  fill(3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  const FileTime then = now();
  server.folders.at(inbox).items.erase(ids[0]);
  ASSERT_NO_FATAL_FAILURE(back_up());
  Search question;
  question.what = Search::What::kDeletedSince;
  question.since = then;
  EXPECT_EQ(search(schedule, "", question, workshop).error().code, Code::kInvalid) << "of which mailbox";
  question.query.mailbox = kAlice;
  auto found = search(schedule, "", question, workshop);
  ASSERT_TRUE(found) << found.error().what;
  ASSERT_EQ(found->found[0].versions.size(), 1u);
  EXPECT_EQ(found->found[0].versions[0].label.subject, "mail 0");
  question.what = Search::What::kVersions;
  question.item = ids[1];
  found = search(schedule, "", question, workshop);
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->found[0].versions.size(), 1u);
}

TEST_F(OpenStateTest, MakesADamagedCatalogAnew) {
  fill(3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  ASSERT_TRUE(list_points(schedule, "", workshop));
  for (const auto& file : std::filesystem::directory_iterator(workshop.directory / "catalog"))
    if (file.path().extension() == ".sqlite") {
      auto opened = File::open(file.path(), File::Mode::kReadWrite);
      ASSERT_TRUE(opened->write_at(100, as_bytes(std::string(3000, 'x'))));
    }
  const auto list = list_points(schedule, "", workshop);
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->unread.empty()) << list->unread.front();
  EXPECT_EQ(list->points.size(), 2u);
}

}  // namespace
}  // namespace mk::agent
