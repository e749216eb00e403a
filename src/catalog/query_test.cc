#include "catalog/query.h"

#include "catalog/fixture_test.h"

namespace mk::catalog {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr std::uint64_t kDay = std::uint64_t{86'400} * 10'000'000;

struct Mail {
  std::string folder, id, subject, sender = "bob@example.test";
  int day = 1, bytes = 10;
  bool has_attachments = false;
  std::string item_class = "IPM.Note", content = {};
};

class QueryTest : public CatalogTest {
 protected:
  void SetUp() override {
    CatalogTest::SetUp();
    if (!IsSkipped()) catalog = open();
  }
  static void write(archive::Mailbox& out, const std::vector<Mail>& all) {
    out.add_folder("F1", "Inbox");
    out.add_folder("F2", "Projects");
    out.folders["F2"].folder.parent.value = "F1";
    for (const Mail& m : all) {
      auto& item = out.add_item(m.folder, m.id, "x");
      item.head.item_class = m.item_class;
      item.head.has_attachments = m.has_attachments;
      item.label = {m.subject, m.sender, FileTime{std::uint64_t(m.day) * kDay}};
      item.stream.bytes = static_cast<std::uint64_t>(m.bytes);
      item.content_hash = m.content.empty() ? "content of " + m.folder + m.id : m.content;
      std::reverse(item.content_hash.begin(), item.content_hash.end());
    }
  }
  vault::LogNumber put(const std::string& mailbox, const std::vector<Mail>& all) {
    const auto point =
        mail.put(mailbox, "point" + std::to_string(100 + ++n), [&](auto& out) { write(out, all); });
    const auto done = mail.update_catalog(*catalog);
    EXPECT_TRUE(done) << done.error().what;
    return point;
  }
  std::vector<std::string> ids(const Result<std::vector<VersionRow>>& found) {
    std::vector<std::string> out;
    EXPECT_TRUE(found) << found.error().what;
    if (found)
      for (const auto& v : *found) out.push_back(v.head.id.value);
    return out;
  }
  std::vector<std::string> found(SearchQuery q) { return ids(search(catalog->database(), q)); }
  MailVault mail;
  std::unique_ptr<Catalog> catalog;
  int n = 0;
};

TEST_P(QueryTest, ListsPointsAndFolders) {
  const auto first = put("alice", {{"F1", "A", "one"}});
  const auto second = put("bob", {{"F2", "B", "two"}, {"F2", "C", "three"}});
  const auto all = points(catalog->database(), "");
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].number, first);
  EXPECT_EQ((*all)[1].mailbox, "bob");
  EXPECT_EQ((*all)[1].items, 2u);
  EXPECT_EQ(points(catalog->database(), "bob")->size(), 1u);
  const auto list = folders(catalog->database(), second);
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[1].folder.name, "Projects");
  EXPECT_EQ((*list)[1].folder.parent.value, "F1");
  EXPECT_EQ((*list)[1].held.items, 2u);
  EXPECT_TRUE((*list)[1].selected);
  EXPECT_EQ(folders(catalog->database(), {99}).error().code, Code::kNotFound);
}

TEST_P(QueryTest, GivesEveryItemOfAFolderPageByPageInEachOrder) {
  std::vector<Mail> all;
  for (int i = 0; i < 97; ++i)
    all.push_back({i % 10 == 0 ? "F2" : "F1", "I" + std::to_string(i),
                   std::string(1, static_cast<char>('a' + i * 7 % 5)) + "x",
                   "sender" + std::to_string(i * 3 % 4), i * 11 % 13, i * 5 % 17});
  put("alice", all);
  for (auto& m : all) m.subject += " changed";
  all.erase(all.begin() + 5);
  const auto point = put("alice", all);
  all.push_back({"F1", "late", "later"});
  put("alice", all);
  const auto folder = folders(catalog->database(), point)->front().id;
  for (const Order order : {Order::kDate, Order::kSubject, Order::kSender, Order::kSize})
    for (const bool descending : {true, false}) {
      SCOPED_TRACE(static_cast<int>(order) * 2 + (descending ? 1 : 0));
      PageQuery q{point, folder, order, descending, {}, 7};
      std::vector<VersionRow> got;
      for (;;) {
        const auto some = page(catalog->database(), q);
        ASSERT_TRUE(some) << some.error().what;
        got.insert(got.end(), some->begin(), some->end());
        if (some->size() < q.limit) break;
        q.after = some->back().head.id;
      }
      const auto key = [&](const VersionRow& v) {
        return std::make_tuple(order == Order::kDate ? v.label.received.ticks : 0,
                               order == Order::kSubject ? v.label.subject : "",
                               order == Order::kSender ? v.label.sender : "",
                               order == Order::kSize ? v.bytes : 0);
      };
      std::set<std::string> unique;
      for (const auto& v : got) unique.insert(v.head.id.value);
      EXPECT_EQ(unique.size(), got.size());
      EXPECT_EQ(got.size(), 86u);
      EXPECT_FALSE(unique.contains("I5") || unique.contains("late"));
      EXPECT_TRUE(std::is_sorted(got.begin(), got.end(), [&](const auto& a, const auto& b) {
        return descending ? key(b) < key(a) : key(a) < key(b);
      }));
      for (const auto& v : got) EXPECT_TRUE(v.label.subject.ends_with("x changed"));
    }
  EXPECT_EQ(page(catalog->database(), {point, folder, Order::kDate, true, {"late"}, 5}).error().code,
            Code::kNotFound);
}

TEST_P(QueryTest, AnItemHasAllThatARestoreAsksFor) {
  const auto point =
      put("alice", {{"F1", "A", "Grüße", "Jörg <j@x.test>", 5, 1'234, true, "IPM.Note.Smime"}});
  const auto got = search(catalog->database(), {});
  ASSERT_TRUE(got) << got.error().what;
  ASSERT_EQ(got->size(), 1u);
  const VersionRow& v = got->front();
  const auto opened =
      *archive::RestorePoint::open(*mail.opened, mail.opened->find_point(std::to_string(point.value))->root);
  const auto item = *opened->find({"F1"}, {"A"});
  EXPECT_EQ(v.mailbox, "alice");
  EXPECT_EQ(v.folder, "Inbox");
  EXPECT_EQ(v.folder_id.value, "F1");
  EXPECT_EQ(v.head.id, item->head.id);
  EXPECT_EQ(v.head.change_key, item->head.change_key);
  EXPECT_EQ(v.head.item_class, "IPM.Note.Smime");
  EXPECT_TRUE(v.head.has_attachments);
  EXPECT_EQ(v.label.subject, "Grüße");
  EXPECT_EQ(v.label.sender, "Jörg <j@x.test>");
  EXPECT_EQ(v.label.received.ticks, 5 * kDay);
  EXPECT_EQ(v.bytes, 1'234u);
  EXPECT_EQ(v.object, item->stream.object);
  EXPECT_EQ(v.first, point);
  EXPECT_EQ(v.last.value, 0u);
}

TEST_P(QueryTest, SearchesBySubjectSenderFolderClassDateAttachmentMailboxAndPoint) {
  put("alice", {{"F1", "A", "Budget 2026", "carol@x.test", 3},
                {"F1", "B", "Re: budget", "dave@x.test", 5, 10, true},
                {"F2", "C", "ÜBUNG und Lunch", "budget@x.test", 7, 10, false, "IPM.Appointment"}});
  put("bob", {{"F1", "D", "Budgetary matters", "carol@x.test", 4}, {"F2", "E", "übung", "erin@x.test", 9}});
  EXPECT_THAT(found({}), ElementsAre("E", "C", "B", "D", "A"));
  SearchQuery q;
  q.words = "budget";
  EXPECT_THAT(found(q), ElementsAre("C", "B", "A"));
  q.words = "BUDGET*";
  EXPECT_THAT(found(q), ElementsAre("C", "B", "D", "A"));
  q.limit = 2;
  EXPECT_THAT(found(q), ElementsAre("C", "B"));
  q.before = search(catalog->database(), q)->back().id;
  EXPECT_THAT(found(q), ElementsAre("D", "A"));
  const auto with = [&](auto&& set) {
    SearchQuery one;
    set(one);
    return found(one);
  };
  EXPECT_THAT(with([](auto& s) { s.subject = "budget"; }), ElementsAre("B", "A"));
  EXPECT_THAT(with([](auto& s) { s.subject = "übung"; }), ElementsAre("E", "C"));
  EXPECT_THAT(with([](auto& s) { s.subject = "budget 2026"; }), ElementsAre("A"));
  EXPECT_THAT(with([](auto& s) { s.sender = "carol"; }), ElementsAre("D", "A"));
  EXPECT_THAT(with([](auto& s) { s.sender = "carol", s.mailbox = "bob"; }), ElementsAre("D"));
  EXPECT_THAT(with([](auto& s) { s.folder = "projects"; }), ElementsAre("E", "C"));
  EXPECT_THAT(with([](auto& s) { s.folder = "Project"; }), ElementsAre());
  EXPECT_THAT(with([](auto& s) { s.item_class = "ipm.app"; }), ElementsAre("C"));
  EXPECT_THAT(with([](auto& s) { s.with_attachments = true; }), ElementsAre("B"));
  EXPECT_THAT(with([](auto& s) { s.since = {4 * kDay}, s.until = {7 * kDay}; }), ElementsAre("B", "D"));
  EXPECT_THAT(with([](auto& s) { s.words = "nothing' OR \"1\" | & :* --"; }), ElementsAre());
  EXPECT_THAT(with([](auto& s) { s.words = "' \" -- ;"; }), ElementsAre("E", "C", "B", "D", "A"));
  SearchQuery none;
  none.mailbox = "zoe";
  EXPECT_EQ(search(catalog->database(), none).error().code, Code::kNotFound);
}

TEST_P(QueryTest, FindsByBeginningsHoweverManyWordsBeginSo) {
  std::vector<Mail> all;
  for (int i = 0; i < 150; ++i)
    all.push_back({"F1", "I" + std::to_string(i), "number n" + std::to_string(1'000 + i),
                   "bob" + std::to_string(100'000 + i) + "@x.test", i + 1});
  put("alice", all);
  const auto many = [&](const std::string& words) {
    SearchQuery q;
    q.words = words;
    q.limit = 1'000;
    return found(q).size();
  };
  EXPECT_EQ(many("n*"), 150u);  // one letter, more words than are completed
  EXPECT_EQ(many("n1*"), 150u);
  EXPECT_EQ(many("n10*"), 100u);
  EXPECT_EQ(many("n100*"), 10u);
  EXPECT_EQ(many("n1001*"), 1u);
  EXPECT_EQ(many("n* n100*"), 10u);
  EXPECT_EQ(many("x* n100*"), 10u);  // of the sender's domain
  EXPECT_EQ(many("y*"), 0u);
  EXPECT_EQ(many("y* n1*"), 0u);
  EXPECT_EQ(many("bob1*"), 150u) << "more words, more letters";
  EXPECT_EQ(many("bob100*"), 150u);
  EXPECT_EQ(many("bob100* n100*"), 10u);
  EXPECT_EQ(many("bob100* y"), 0u);
  SearchQuery q;
  q.sender = "bob10*";
  std::vector<std::string> pages;
  for (q.limit = 40; pages.size() < 200;) {
    const auto page = search(catalog->database(), q);
    ASSERT_TRUE(page) << page.error().what;
    for (const auto& v : *page) pages.push_back(v.head.id.value);
    if (page->size() < q.limit) break;
    q.before = page->back().id;
  }
  EXPECT_EQ(pages.size(), 150u);
  EXPECT_EQ(pages.front(), "I149");
  EXPECT_EQ(pages.back(), "I0");
}

TEST_P(QueryTest, FindsAPointByItsNumber) {
  const auto point = put("alice", {{"F1", "A", "one"}});
  const auto there = find_point(catalog->database(), point);
  ASSERT_TRUE(there) << there.error().what;
  EXPECT_EQ((*there)->mailbox, "alice");
  EXPECT_FALSE(*find_point(catalog->database(), {99}));
}

TEST_P(QueryTest, SearchesWhatAPointHasOrAnyHad) {
  put("alice", {{"F1", "A", "first words"}, {"F1", "B", "other words"}});
  const auto times = points(catalog->database(), "alice");
  put("alice", {{"F1", "A", "second words"}});
  SearchQuery q;
  q.words = "words";
  EXPECT_THAT(found(q), UnorderedElementsAre("A", "A", "B"));
  q.at = times->front().started;
  EXPECT_THAT(found(q), UnorderedElementsAre("A", "B"));
  q.words = "second";
  EXPECT_THAT(found(q), ElementsAre());
  q.at = {~std::uint64_t{0}};
  EXPECT_THAT(found(q), ElementsAre("A"));
  q.words = "first";
  EXPECT_THAT(found(q), ElementsAre());
}

TEST_P(QueryTest, TellsTheVersionsOfAnItemAndFollowsItsMoves) {
  const auto first = put(
      "alice", {{"F1", "A", "draft"}, {"F1", "copy", "x", "y", 1, 1, false, "IPM.Note", "the same content"}});
  put("alice", {{"F1", "A", "final", "bob", 1, 10, false, "IPM.Note", "the same content"},
                {"F1", "copy", "x", "y", 1, 1, false, "IPM.Note", "the same content"}});
  const auto third =
      put("alice", {{"F2", "moved", "final", "bob", 1, 10, false, "IPM.Note", "the same content"},
                    {"F1", "copy", "x", "y", 1, 1, false, "IPM.Note", "the same content"}});
  const auto versions = versions_of(catalog->database(), "alice", {"A"});
  EXPECT_THAT(ids(versions), ElementsAre("A", "A", "moved"));
  ASSERT_EQ(versions->size(), 3u);
  EXPECT_EQ((*versions)[0].label.subject, "draft");
  EXPECT_EQ((*versions)[0].first, first);
  EXPECT_EQ((*versions)[0].last, first);
  EXPECT_EQ((*versions)[2].first, third);
  EXPECT_EQ((*versions)[2].last.value, 0u);
  EXPECT_TRUE(ids(versions_of(catalog->database(), "alice", {"never"})).empty());
}

TEST_P(QueryTest, TellsWhatWasDeletedSinceAPointAndIsNowhereElse) {
  const std::vector<Mail> all{{"F1", "A", "stays"},   {"F1", "B", "goes"},
                              {"F1", "C", "moves"},   {"F1", "D", "changes, then goes"},
                              {"F1", "E", "changes"}, {"F1", "early", "gone before"}};
  put("alice", all);
  const auto since = put("alice", {all.begin(), all.end() - 1});
  put("alice", {all[0], all[1], all[2], {"F1", "D", "changed"}, {"F1", "E", "changed too"}});
  put("bob", {{"F1", "other", "x"}});
  put("alice", {all[0],
                {"F2", "C2", "moves", "b", 1, 1, false, "IPM.Note", "content of F1C"},
                {"F1", "E", "changed too"}});
  DeletedQuery q{"alice", since, 0, 100};
  const auto gone = deleted(catalog->database(), q);
  EXPECT_THAT(ids(gone), UnorderedElementsAre("B", "D"));
  for (const auto& v : *gone) {
    if (v.head.id.value == "D") {
      EXPECT_EQ(v.label.subject, "changed");
    }
  }
  q.limit = 1;
  const auto one = deleted(catalog->database(), q);
  ASSERT_EQ(one->size(), 1u);
  q.before = one->front().id;
  const auto two = deleted(catalog->database(), q);
  ASSERT_EQ(two->size(), 1u);
  EXPECT_NE(two->front().head.id, one->front().head.id);
}

INSTANTIATE_TEST_SUITE_P(All, QueryTest, testing::Values(Dialect::kSqlite, Dialect::kPostgres), name_of);

}  // namespace
}  // namespace mk::catalog
