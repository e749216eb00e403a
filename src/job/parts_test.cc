#include <random>

#include "job/backup_directory.h"
#include "job/fixture_test.h"
#include "job/id_map.h"
#include "job/item_index.h"
#include "job/journal.h"
#include "job/lines.h"
#include "job/segment.h"
#include "job/spool.h"

namespace mk::job {
namespace {

TEST(IdMap, KeepsWhatIsSet) {
  IdMap map;
  EXPECT_FALSE(map.find(5));
  for (std::uint64_t k = 0; k < 10000; ++k) map.set(k * 0x9E3779B97F4A7C15, static_cast<std::uint32_t>(k));
  for (std::uint64_t k = 0; k < 10000; ++k) ASSERT_EQ(map.find(k * 0x9E3779B97F4A7C15), k);
  EXPECT_EQ(map.size(), 10000u);
  EXPECT_FALSE(map.insert(0));
  EXPECT_EQ(map.find(0), 0u);
}

TEST(CheckedLines, AnyFlippedByteIsFound) {
  const TemporaryDirectory dir;
  const std::string text = checked_line(R"({"a":1})") + checked_line(R"({"b":"zwei"})");
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] ^= 4;
    ASSERT_TRUE(write_file_atomically(dir.path() / "lines", as_bytes(damaged)));
    LineReader in(std::make_shared<const File>(*File::open(dir.path() / "lines", File::Mode::kRead)));
    bool found = false;
    for (int n = 0; n < 4 && !found; ++n) {
      const auto line = in.next();
      found = !line;
      if (line && !*line) break;
    }
    EXPECT_TRUE(found) << "byte " << i;
  }
}

TEST(CheckedLines, ACutLineIsTruncated) {
  const TemporaryDirectory dir;
  const std::string text = checked_line(R"({"a":1})");
  ASSERT_TRUE(write_file_atomically(dir.path() / "lines", as_bytes(text.substr(0, text.size() - 1))));
  LineReader in(std::make_shared<const File>(*File::open(dir.path() / "lines", File::Mode::kRead)));
  const auto line = in.next();
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code, Code::kTruncated);
}

TEST(ItemLine, SurvivesFormatAndParse) {
  ItemLine line;
  line.folder = 7;
  line.head = {{"id/+="}, {"key"}, 123, true, true, true, "IPM.Note"};
  line.was = Was::kAssociated;
  line.label = {"Grüße \"x\"\n", "Zoë", {133'000'000'000'000'000}};
  line.bytes = 99, line.segment = 8, line.pst = 0x200004, line.hash = "hash",
  line.search_key = std::string("\0k", 2);
  line.moved_folder.value = "F", line.moved_item.value = "I";
  const auto back = parse_line(format_line(line));
  ASSERT_TRUE(back);
  EXPECT_EQ(format_line(*back), format_line(line));
  EXPECT_EQ(back->label.subject, line.label.subject);
  EXPECT_EQ(back->search_key, line.search_key);
  for (const auto* bad : {"{}", "[]", "x", R"({"item":"a","deleted":"b"})"})
    EXPECT_FALSE(parse_line(bad)) << bad;
}

TEST(Segment, GivesBackWhatWasAppended) {
  const TemporaryDirectory dir;
  const auto path = dir.path() / "items.segment";
  std::vector<std::uint64_t> at;
  {
    auto w = *SegmentWriter::create(path);
    for (int i = 0; i < 20; ++i) {
      SegmentRecord r;
      r.folder.value = "folder", r.item.value = std::to_string(i), r.associated = i % 2 == 1;
      at.push_back(*w->append(r, *make_memory_blob(std::string(static_cast<std::size_t>(i) * 5000, 'a'))));
    }
    ASSERT_TRUE(w->sync());
  }
  const auto r = SegmentReader::open(path);
  ASSERT_TRUE(r);
  std::uint64_t next = 8;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(at[static_cast<std::size_t>(i)], next);
    const auto record = (*r)->record(next);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->item.value, std::to_string(i));
    EXPECT_EQ(record->associated, i % 2 == 1);
    const auto stream = (*r)->stream(*record);
    ASSERT_TRUE(stream);
    EXPECT_EQ((*stream)->size(), static_cast<std::uint64_t>(i) * 5000);
    next = record->next;
  }
}

TEST(Segment, NoDamageCrashesOrPasses) {
  const TemporaryDirectory dir;
  const auto path = dir.path() / "items.segment";
  {
    auto w = *SegmentWriter::create(path);
    SegmentRecord r;
    r.folder.value = "folder", r.item.value = "item", r.change_key.value = "key";
    ASSERT_TRUE(w->append(r, *make_memory_blob("the stream")));
    ASSERT_TRUE(w->sync());
  }
  const auto bytes = *read_file(path);
  for (std::size_t i = 8; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] ^= 0x41;
    ASSERT_TRUE(write_file_atomically(path, as_bytes(damaged)));
    const auto r = SegmentReader::open(path);
    ASSERT_TRUE(r);
    const auto record = (*r)->record(8);
    EXPECT_TRUE(!record || !(*r)->stream(*record)) << "byte " << i;
  }
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    ASSERT_TRUE(write_file_atomically(path, as_bytes(bytes.substr(0, n))));
    const auto r = SegmentReader::open(path);
    EXPECT_TRUE(!r || !(*r)->record(8)) << "cut at " << n;
  }
}

TEST(Index, FindsEveryKeyAndNoOther) {
  const TemporaryDirectory dir;
  std::mt19937_64 random(3);
  std::vector<IndexEntry> entries;
  for (std::uint64_t i = 0; i < 1000; ++i) entries.push_back({random() | 1, i});
  entries.push_back({entries[5].key, 7000});
  ASSERT_TRUE(write_index(dir.path() / "items.index", entries));
  const auto index = IndexReader::open(dir.path() / "items.index");
  ASSERT_TRUE(index);
  EXPECT_EQ(*(*index)->find(entries[5].key), (std::vector<std::uint64_t>{5, 7000}));
  for (const auto& e : entries) EXPECT_FALSE((*index)->find(e.key)->empty());
  EXPECT_TRUE((*index)->find(2)->empty());
  ASSERT_TRUE(write_file_atomically(dir.path() / "items.index", as_bytes("MKINDEX1 cut")));
  EXPECT_FALSE(IndexReader::open(dir.path() / "items.index"));
}

TEST(Journal, OnlyWholeGroupsCountWhereverItIsCut) {
  const TemporaryDirectory dir;
  const auto path = dir.path() / "journal.jsonl";
  {
    auto j = *Journal::create(path, {R"({"header":{}})"});
    for (int i = 0; i < 3; ++i) {
      ItemLine line;
      line.head.id.value = "a" + std::to_string(i);
      j->append({line, line}, {static_cast<std::size_t>(i), {"state"}, 100});
      ASSERT_TRUE(j->sync());
    }
  }
  const auto bytes = *read_file(path);
  std::size_t most = 0;
  for (std::size_t n = 0; n <= bytes.size(); ++n) {
    ASSERT_TRUE(write_file_atomically(path, as_bytes(bytes.substr(0, n))));
    std::size_t groups = 0;
    JournalVisitor v;
    v.on_head = [](std::string_view) -> Status { return ok; };
    v.on_group = [&](const std::vector<ItemLine>& lines, const Commit& c) -> Status {
      EXPECT_EQ(lines.size(), 2u);
      EXPECT_EQ(c.folder, groups++);
      return ok;
    };
    const auto length = read_journal(path, v);
    ASSERT_TRUE(length);
    EXPECT_LE(*length, n);
    EXPECT_GE(groups, most) << "a longer journal never has fewer groups";
    most = groups;
  }
  EXPECT_EQ(most, 3u);
}

TEST(Manifest, NamesOnlyFilesBesideIt) {
  for (const char* name : {"", "..", "../other", "/dev/zero"}) {
    SCOPED_TRACE(name);
    Manifest m;
    m.name = "point";
    const std::string quoted = "\"" + std::string(name) + "\"";
    EXPECT_EQ(apply_line(m, R"({"set":{"file":)" + quoted + "}}").error().code, Code::kCorrupt);
    EXPECT_EQ(apply_line(m, R"({"set":{"file":"a.pst","more":[)" + quoted + "]}}").error().code,
              Code::kCorrupt);
    EXPECT_EQ(apply_line(m, R"({"file":{"name":)" + quoted + "}}").error().code, Code::kCorrupt);
  }
}

TEST(Manifest, KnowsThePartsOfAPstAndReadsThoseWithout) {
  Manifest m;
  m.name = "point";
  m.sets = {{{"a.pst", "a-2.pst"}, "A", {"F1"}}, {{"b.pst"}, "B", {"F2"}}};
  const auto head = format_head(m);
  EXPECT_NE(head[0].find(R"("version":2)"), std::string::npos) << head[0];
  Manifest back;
  for (const auto& line : head) ASSERT_TRUE(apply_line(back, line));
  EXPECT_EQ(back.sets[0].files, m.sets[0].files);
  EXPECT_EQ(back.sets[1].files, m.sets[1].files);
  m.sets[0].files.pop_back();
  EXPECT_NE(format_head(m)[0].find(R"("version":1)"), std::string::npos) << "as before there were parts";
  EXPECT_EQ(format_head(m)[1], R"({"set":{"file":"a.pst","label":"A","folder":"F1"}})");
  const auto newer = R"({"header":{"format":"mailkeep restore point","version":3,"name":"p"}})";
  EXPECT_EQ(apply_line(back, newer).error().code, Code::kUnsupported);
}

TEST(Manifest, FindsThePartOfAnItemOrSaysThatThereIsNone) {
  Manifest m;
  m.sets = {{{"a.pst", "a-2.pst"}, "A", {}}};
  m.folders.resize(2);
  m.folders[0].set = 0;
  ItemLine line;
  line.pst = 0x200024;
  EXPECT_EQ(*m.pst_of(line), "a.pst");
  line.part = 2;
  EXPECT_EQ(*m.pst_of(line), "a-2.pst");
  EXPECT_EQ(parse_line(format_line(line))->part, 2u);
  line.part = 3;
  EXPECT_EQ(m.pst_of(line).error().code, Code::kCorrupt);
  line.part = 1;
  EXPECT_EQ(format_line(line).find("part"), std::string::npos);
  line.folder = 1;
  EXPECT_EQ(m.pst_of(line).error().code, Code::kNotFound);
  line.folder = line.pst = 0;
  EXPECT_EQ(m.pst_of(line).error().code, Code::kNotFound);
}

TEST(Chain, APointOfAnotherNameEndsNotInACircle) {
  const TemporaryDirectory dir;
  StepClock clock;
  const auto directory = BackupDirectory::open_or_create(dir.path(), "alice@example.test", clock);
  ASSERT_TRUE(directory);
  const auto point = directory->point("1-incremental");
  std::filesystem::create_directories(point);
  Manifest m;
  m.name = "2-incremental";
  m.kind = Kind::kIncremental;
  m.base = "1-incremental";
  m.verbatim = false;
  ASSERT_TRUE(write_manifest(m, point));
  ASSERT_TRUE(write_file_atomically(point / "items.jsonl", {}));
  ASSERT_TRUE(write_index(point / "items.index", {}));
  const auto chain = Chain::open(*directory);
  ASSERT_FALSE(chain);
  EXPECT_EQ(chain.error().code, Code::kCorrupt);
  EXPECT_NE(chain.error().what.find("calls itself 2-incremental"), std::string::npos) << chain.error().what;
}

TEST(Spool, LargeStreamsGoThroughAFile) {
  const TemporaryDirectory dir;
  for (const std::size_t n : {std::size_t{0}, std::size_t{10}, Spool::kSpoolMemoryBytes + 7}) {
    Spool spool(dir.path());
    for (std::size_t i = 0; i < n; i += 1000)
      ASSERT_TRUE(spool.write(as_bytes(std::string(std::min<std::size_t>(1000, n - i), 'y'))));
    const auto blob = spool.finish();
    ASSERT_TRUE(blob);
    EXPECT_EQ((*blob)->size(), n);
  }
}

TEST(Ledger, ATotalThatCancelsOutIsNotCalledBalanced) {
  Ledger ledger;
  ledger.rows.resize(2);
  ledger.rows[0].on_server.items = 1;
  ledger.rows[1].stored.items = 1;
  EXPECT_FALSE(ledger.balanced());
  EXPECT_EQ(format_table(ledger).find(" balanced"), std::string::npos) << format_table(ledger);
}

TEST(LaterTime, ComesAfterAllNames) {
  const FileTime early = *parse_utc("2026-11-27T08:00:00.5Z"), late = *parse_utc("2032-01-01T00:00:00Z");
  const std::vector<std::string> names{"2026-11-27T08-00-00Z-full", "2031-05-05T23-59-59Z-incremental"};
  EXPECT_EQ(later_time({}, early), early);
  EXPECT_EQ(later_time(names, late), late);
  EXPECT_EQ(later_time({names[0]}, early), *parse_utc("2026-11-27T08:00:01Z")) << "within a second";
  EXPECT_EQ(later_time_name(names, early), "2031-05-06T00-00-00Z") << "the clock was ahead";
  EXPECT_GT(later_time({"not a time"}, early), early);
}

}  // namespace
}  // namespace mk::job
