#include "catalog/update.h"

#include <signal.h>
#include <sys/wait.h>

#include <random>

#include "catalog/fixture_test.h"
#include "catalog/schema.h"
#include "vault/temporary_test.h"

namespace mk::catalog {
namespace {

/// A mailbox as the test thinks of it: folders by id with their names, items by folder and id.
struct Model {
  struct Item {
    int content = 0, version = 0;
    bool read = false;
  };
  std::map<std::string, std::string> folders;
  std::map<std::pair<std::string, std::string>, Item> items;

  void write(archive::Mailbox& out) const {
    for (const auto& [id, name] : folders) out.add_folder(id, name);
    for (const auto& [ids, item] : items) {
      auto& record = out.add_item(ids.first, ids.second, "content " + std::to_string(item.content));
      record.head.change_key.value = "key " + std::to_string(item.version);
      record.head.read = item.read;
      record.head.item_class = item.content % 5 == 0 ? "IPM.Appointment" : "IPM.Note";
      record.head.has_attachments = item.content % 3 == 0;
      record.label.subject =
          "Subject " + std::to_string(item.content) + " version " + std::to_string(item.version);
      record.label.sender = "sender" + std::to_string(item.content % 7) + "@example.test";
      record.label.received = FileTime{std::uint64_t(item.content % 50 + 1) * 86'400 * 10'000'000};
      record.content_hash = "content hash " + std::to_string(std::int64_t{item.content} * 1'000'003);
      std::reverse(record.content_hash.begin(), record.content_hash.end());
    }
  }
};

class UpdateTest : public CatalogTest {
 protected:
  std::vector<std::string> rows(Database& db, const std::string& sql) {
    std::vector<std::string> out;
    const Status done = db.query(sql, {}, [&](const Row& row) -> Result<bool> {
      out.push_back(row.text(0));
      return true;
    });
    EXPECT_TRUE(done) << done.error().what;
    return out;
  }
  std::int64_t number(Database& db, const std::string& sql) {
    std::int64_t n = -1;
    const Status done =
        db.query(sql, {}, [&](const Row& row) -> Result<bool> { return n = row.integer(0), true; });
    EXPECT_TRUE(done) << done.error().what;
    return n;
  }
  /// All that questions can come to see: what each point has, and what words find. Not ids of rows, nor where
  /// the rows of one item are split.
  std::multiset<std::string> seen(Catalog& catalog) {
    Database& db = catalog.database();
    std::multiset<std::string> out;
    const auto add = [&](const char* what, const std::string& sql, int n) {
      EXPECT_TRUE(db.query(sql, {}, [&](const Row& row) -> Result<bool> {
        std::string line = what;
        for (int i = 0; i < n; ++i) line += "|" + (row.is_null(i) ? "-" : row.text(i));
        out.insert(line);
        return true;
      })) << sql;
    };
    const auto text = [&](const std::string& column) { return "CAST(" + column + " AS TEXT)"; };
    add("point",
        "SELECT " + text("p.number") + ", m.name, p.name, " + text("p.started") + ", " + text("p.items") +
            ", p.root, p.problem FROM point p JOIN mailbox m ON m.id = p.mailbox",
        7);
    add("folder",
        "SELECT " + text("p.number") + ", f.source, s.parent, s.name, s.name_key, " + text("s.items") +
            " FROM point p JOIN folder f ON f.mailbox = p.mailbox JOIN folder_state s ON s.folder = f.id "
            "WHERE "
            "p.problem IS NULL AND s.first <= p.number AND (s.last IS NULL OR s.last >= p.number)",
        6);
    add("item",
        "SELECT " + text("p.number") +
            ", f.source, v.item, v.key, v.change_key, v.class, v.subject, v.sender, "
            "v.subject_key, " +
            text("v.received") + ", " + text("v.bytes") + ", " + text("v.flags") + ", v.object, " +
            text("v.object_offset") + ", " + text("v.content") +
            " FROM point p JOIN version v ON v.mailbox = p.mailbox JOIN "
            "folder f ON f.id = v.folder WHERE p.problem IS NULL AND v.first <= p.number AND (v.last IS NULL "
            "OR "
            "v.last >= p.number)",
        15);
    add("log",
        "SELECT " + text("number") + ", " + text("type") + ", hash, root, " + text("packs") +
            " FROM log_record",
        5);
    add("pack",
        "SELECT id, " + text("state") + ", " + text("kind") + ", " + text("bytes") + ", " + text("chunks") +
            " FROM pack",
        5);
    add("session", "SELECT " + text("number") + ", " + text("seen") + " FROM session", 2);
    add("mailbox", "SELECT name FROM mailbox", 1);
    return out;
  }
  /// Rows that no point has, or that the full-text index has otherwise than the tables.
  void expect_consistent(Catalog& catalog) {
    Database& db = catalog.database();
    EXPECT_EQ(
        number(db,
               "SELECT count(*) FROM version v WHERE NOT EXISTS (SELECT 1 FROM point p WHERE p.mailbox = "
               "v.mailbox AND p.problem IS NULL AND p.number >= v.first AND (v.last IS NULL OR p.number <= "
               "v.last))"),
        0);
    EXPECT_EQ(
        number(db,
               "SELECT count(*) FROM folder f WHERE NOT EXISTS (SELECT 1 FROM folder_state s WHERE s.folder "
               "= f.id)"),
        0);
    EXPECT_EQ(number(db, "SELECT count(*) FROM version"), number(db, "SELECT count(*) FROM search"));
    std::size_t found = 0;
    for (const char* sender : {"sender0", "sender1", "sender2", "sender3", "sender4", "sender5", "sender6"}) {
      SearchQuery q;
      q.sender = sender;
      q.limit = 100'000;
      const auto versions = search(db, q);
      ASSERT_TRUE(versions) << versions.error().what;
      for (const auto& v : *versions) EXPECT_TRUE(v.label.sender.starts_with(sender));
      found += versions->size();
    }
    EXPECT_EQ(static_cast<std::int64_t>(found), number(db, "SELECT count(*) FROM version"));
    if (GetParam() == Dialect::kSqlite) {
      EXPECT_EQ(rows(db, "PRAGMA integrity_check"), std::vector<std::string>{"ok"});
    }
  }
  /// Empty, or what one of the two has and the other has not.
  static std::string differences(const std::multiset<std::string>& a, const std::multiset<std::string>& b) {
    std::vector<std::string> only_a, only_b;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only_a));
    std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(only_b));
    std::string out;
    for (const auto& line : only_a) out += "only in the first: " + line + "\n";
    for (const auto& line : only_b) out += "only in the second: " + line + "\n";
    return out.substr(0, 4'000);
  }
  /// A catalog that is made of the vault in one go.
  std::multiset<std::string> rebuilt() {
    vault::TemporaryDirectory other;
    const auto catalog =
        *Catalog::open(*parse_database_place("sqlite:" + (other.path / "c").string()), Missing::kMake);
    EXPECT_TRUE(mail.update_catalog(*catalog));
    return seen(*catalog);
  }
  vault::LogNumber put(const std::string& mailbox, const Model& model) {
    return mail.put(mailbox, "point" + std::to_string(1'000 + ++n_points),
                    [&](auto& out) { model.write(out); });
  }
  static Model small(int n) {
    Model m;
    m.folders = {{"F1", "Inbox"}, {"F2", "Sent"}};
    for (int i = 0; i < n; ++i)
      m.items[{i % 4 == 0 ? "F2" : "F1", "I" + std::to_string(i)}] = {i, 1, i % 2 == 0};
    return m;
  }
  MailVault mail;
  int n_points = 0;
};

TEST_P(UpdateTest, TenPointsOfAnUnchangedMailboxCostOne) {
  const auto catalog = open();
  for (int i = 0; i < 10; ++i) put("alice", small(300));
  const auto report = mail.update_catalog(*catalog);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->points_added, 10u);
  EXPECT_EQ(report->versions_added, 300u);
  EXPECT_EQ(catalog->head()->number.value, mail.opened->log().head().number.value);
  EXPECT_EQ(mail.update_catalog(*catalog)->points_added, 0u);
  expect_consistent(*catalog);
  EXPECT_EQ(differences(seen(*catalog), rebuilt()), "");
}

TEST_P(UpdateTest, FillsOneOfTheFirstSchemaAnew) {
  {
    const auto old = *sql::open_database(place, Missing::kMake, identity());
    auto first = schema(GetParam());
    first.scripts.resize(1);
    ASSERT_TRUE(sql::migrate(*old, first));
    ASSERT_TRUE(old->execute("INSERT INTO mailbox (id, name) VALUES (1, 'somebody')"));
    ASSERT_TRUE(old->execute("UPDATE catalog SET head_number = 7, head_hash = $1",
                             {Binary{ByteString(vault::LogHash{}.bytes.size(), 'x')}}));
  }
  put("alice", small(300));
  const auto catalog = open(Missing::kRefuse);
  const auto report = mail.update_catalog(*catalog);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->versions_added, 300u);
  expect_consistent(*catalog);
  EXPECT_EQ(differences(seen(*catalog), rebuilt()), "");
}

TEST_P(UpdateTest, ReadsOnlyNodesThatDiffer) {
  struct Counting final : vault::ChunkSource {
    vault::ChunkSource& in;
    std::size_t n = 0;
    explicit Counting(vault::ChunkSource& source) : in(source) {}
    Result<vault::Chunk> get(const vault::ChunkId& id, vault::ChunkKind kind) override {
      return ++n, in.get(id, kind);
    }
  } counting(*mail.opened);
  const auto catalog = open();
  const auto put_many = [&](const char* name, bool changed) {
    mail.put("alice", name, [&](archive::Mailbox& out) {
      out.add_folder("F1", "Inbox");
      const archive::ItemRecord first = out.add_item("F1", "I0", "mail");
      for (int i = 1; i < 5'000; ++i) {
        archive::ItemRecord& item = out.items[{"F1", "I" + std::to_string(i)}] = first;
        item.head.id.value = "I" + std::to_string(i);
      }
      if (changed) out.items[{"F1", "I1"}].head.read = true;
    });
  };
  put_many("monday", false);
  ASSERT_TRUE(update(*catalog, *mail.opened, counting));
  const std::size_t all = counting.n;
  put_many("tuesday", true);
  counting.n = 0;
  EXPECT_EQ(update(*catalog, *mail.opened, counting)->versions_added, 1u);
  EXPECT_LT(counting.n, all / 2);
}

TEST_P(UpdateTest, FollowsRandomHistoriesAsIfMadeAnew) {
  std::mt19937 random(11);
  const auto any = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto catalog = open();
  std::map<std::string, Model> mailboxes{{"alice", small(40)}, {"bob", small(15)}};
  std::vector<vault::LogNumber> alive;
  int content = 1'000;
  for (int round = 0; round < 24; ++round) {
    for (auto& [name, m] : mailboxes) {
      for (int i = any(6); i > 0; --i)
        m.items[{any(3) == 0 ? "F2" : "F1", "N" + std::to_string(content)}] = {content++, 1, false};
      for (int i = any(5); i > 0 && !m.items.empty(); --i) {
        const auto it = std::next(m.items.begin(), any(static_cast<int>(m.items.size())));
        const int what = any(4);
        if (what == 0) it->second.version++;
        if (what == 1) it->second.read = !it->second.read;
        if (what == 2) m.items.erase(it);
        if (what == 3) {
          auto moved = m.items.extract(it);
          moved.key() = {moved.key().first == "F1" ? "F2" : "F1", "M" + std::to_string(content++)};
          m.items.insert(std::move(moved));
        }
      }
      if (any(5) == 0) m.folders["F2"] = "Sent " + std::to_string(round);
      if (any(3) != 0) alive.push_back(put(name, m));
    }
    for (int i = any(3); i > 0 && alive.size() > 2; --i) {
      const auto it = std::next(alive.begin(), any(static_cast<int>(alive.size())));
      mail.forget(*it);
      alive.erase(it);
    }
    if (round % 7 == 6) {  // the newest goes
      mail.forget(alive.back());
      alive.pop_back();
    }
    if (any(2) == 0) continue;
    const auto report = mail.update_catalog(*catalog);
    ASSERT_TRUE(report) << report.error().what;
    ASSERT_TRUE(report->problems.empty());
    ASSERT_EQ(differences(seen(*catalog), rebuilt()), "") << "round " << round;
  }
  expect_consistent(*catalog);
  for (const auto point : alive) mail.forget(point);
  ASSERT_TRUE(mail.update_catalog(*catalog));
  EXPECT_EQ(number(catalog->database(), "SELECT count(*) FROM version"), 0);
  EXPECT_EQ(number(catalog->database(), "SELECT count(*) FROM search"), 0);
  EXPECT_EQ(number(catalog->database(), "SELECT count(*) FROM mailbox"), 0);
}

/// Some chunks cannot be had, and behind so many none.
struct Failing final : vault::ChunkSource {
  vault::ChunkSource& in;
  Code code;
  std::size_t left;
  std::set<vault::ChunkId> gone;
  Failing(vault::ChunkSource& source, Code c, std::size_t n) : in(source), code(c), left(n) {}
  Result<vault::Chunk> get(const vault::ChunkId& id, vault::ChunkKind kind) override {
    if (left > 0) --left;
    if (gone.contains(id) || left == 0) return Error{code, "chunk " + id.brief()};
    return in.get(id, kind);
  }
};

TEST_P(UpdateTest, GoesOnWhereItWasInterrupted) {
  Model m = small(200);
  for (int i = 0; i < 4; ++i) {
    m.items[{"F1", "new" + std::to_string(i)}] = {500 + i, 1, false};
    put(i % 2 == 0 ? "alice" : "bob", m);
  }
  const auto expected = rebuilt();
  const auto catalog = open();
  int failed = 0;
  for (std::size_t n = 1;; n += 3) {
    Failing chunks(*mail.opened, Code::kUnavailable, n);
    const auto report = update(*catalog, *mail.opened, chunks);
    if (report) break;
    EXPECT_EQ(report.error().code, Code::kUnavailable);
    EXPECT_EQ(catalog->head()->number.value, 0u);
    ++failed;
  }
  EXPECT_GT(failed, 2);
  EXPECT_EQ(differences(seen(*catalog), expected), "");
  expect_consistent(*catalog);
}

TEST_P(UpdateTest, IsKilledAnywhereAndGoesOn) {
  Model m = small(150);
  for (int i = 0; i < 6; ++i) {
    m.items[{"F1", "new" + std::to_string(i)}] = {500 + i, 1, false};
    put(i % 2 == 0 ? "alice" : "bob", m);
  }
  open();
  std::mt19937 random(3);
  int killed = 0;
  for (int i = 0; i < 20; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto own = Catalog::open(place, Missing::kRefuse);
      const bool done = own && mail.update_catalog(**own);
      ::_exit(done ? 0 : 1);
    }
    std::this_thread::sleep_for(
        std::chrono::microseconds(random() % (1'000 + 3'000u * static_cast<unsigned>(i))));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    killed += WIFSIGNALED(status) ? 1 : 0;
    if (!WIFSIGNALED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      break;
    }
  }
  EXPECT_GT(killed, 0);
  const auto catalog = open();
  ASSERT_TRUE(mail.update_catalog(*catalog));
  EXPECT_EQ(differences(seen(*catalog), rebuilt()), "");
  expect_consistent(*catalog);
}

TEST_P(UpdateTest, NotesADamagedPointAndGoesOnBehindIt) {
  Model m = small(1'200);
  const auto first = put("alice", m);
  for (auto& [ids, item] : m.items) item.version = 2;
  const auto second = put("alice", m);
  m.items[{"F1", "late"}] = {9'999, 1, false};
  put("alice", m);
  const auto catalog = open();
  Failing chunks(*mail.opened, Code::kCorrupt, 1'000'000);
  chunks.gone.insert(mail.opened->find_point(std::to_string(second.value))->root.id);
  const auto report = update(*catalog, *mail.opened, chunks);
  ASSERT_TRUE(report) << report.error().what;
  ASSERT_EQ(report->problems.size(), 1u);
  EXPECT_EQ(report->points_added, 2u);
  EXPECT_EQ(folders(catalog->database(), second).error().code, Code::kCorrupt);
  EXPECT_EQ(folders(catalog->database(), first)->size(), 2u);
  expect_consistent(*catalog);
  mail.forget(second);
  ASSERT_TRUE(mail.update_catalog(*catalog));
  EXPECT_EQ(differences(seen(*catalog), rebuilt()), "");
}

TEST_P(UpdateTest, FindsOutThatTheStoreWasSetBackOrReplacedAndWhoseItIs) {
  put("alice", small(5));
  const auto before = vault::contents(*mail.store);
  put("alice", small(6));
  const auto catalog = open();
  ASSERT_TRUE(mail.update_catalog(*catalog));
  MailVault old;
  old.store = vault::store_of(before);
  old.open();
  const auto set_back = old.update_catalog(*catalog);
  ASSERT_FALSE(set_back);
  EXPECT_EQ(set_back.error().code, Code::kCorrupt);
  EXPECT_NE(set_back.error().what.find("rebuild-catalog"), std::string::npos);
  for (int i = 0; i < 3; ++i)
    old.put("alice", "another" + std::to_string(i), [](auto& out) { small(7).write(out); });
  EXPECT_EQ(old.update_catalog(*catalog).error().code, Code::kCorrupt);
  MailVault other;
  EXPECT_EQ(other.update_catalog(*catalog).error().code, Code::kInvalid);
}

TEST_P(UpdateTest, ReadsAMailboxAnewWhenAnOlderPointComesBack) {
  const auto put_named = [&](const std::string& name, int n) {
    return mail.put("alice", name, [&](auto& out) { small(n).write(out); });
  };
  put_named("monday", 5);
  const auto second = put_named("tuesday", 7);
  const auto catalog = open();
  ASSERT_TRUE(mail.update_catalog(*catalog));
  const auto again = put_named("monday", 9);  // hides the first
  ASSERT_TRUE(mail.update_catalog(*catalog));
  EXPECT_EQ(points(catalog->database(), "alice")->front().number, second);
  EXPECT_EQ(differences(seen(*catalog), rebuilt()), "");
  mail.forget(again);
  ASSERT_TRUE(mail.update_catalog(*catalog));
  EXPECT_EQ(points(catalog->database(), "alice")->size(), 2u);
  EXPECT_EQ(differences(seen(*catalog), rebuilt()), "");
}

INSTANTIATE_TEST_SUITE_P(All, UpdateTest, testing::Values(Dialect::kSqlite, Dialect::kPostgres), name_of);

class SqliteUpdate : public UpdateTest {};

TEST_P(SqliteUpdate, SaysThatTheDiskIsFullAndGoesOnWhenThereIsRoom) {
  put("alice", small(20));
  put("alice", small(900));
  const auto catalog = open();
  ASSERT_TRUE(catalog->database().run("PRAGMA max_page_count=60"));
  const auto full = mail.update_catalog(*catalog);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::kExhausted);
  EXPECT_EQ(points(catalog->database(), "")->size(), 1u);
  ASSERT_TRUE(catalog->database().run("PRAGMA max_page_count=100000"));
  ASSERT_TRUE(mail.update_catalog(*catalog));
  EXPECT_EQ(differences(seen(*catalog), rebuilt()), "");
}

INSTANTIATE_TEST_SUITE_P(File, SqliteUpdate, testing::Values(Dialect::kSqlite), name_of);

}  // namespace
}  // namespace mk::catalog
