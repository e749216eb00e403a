// mk_catalog_speed PLACE MAILBOXES ITEMS [cold]   fills a catalog that is not there yet with synthetic
// mailboxes, adds a second point with 1 % changed or deleted to one of them, then asks it what the console
// will ask
//
// Prints seconds and milliseconds (median and longest of nine questions, each about something else) as one
// line of JSON. cold, for SQLite: before each question the file is taken out of the system's cache, and the
// catalog opened anew (not counted).

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

#include "archive/entries.h"
#include "archive/keys.h"
#include "catalog/catalog.h"
#include "catalog/point_rows.h"
#include "catalog/query.h"

namespace mk::bench {
namespace {

constexpr const char* kWords[] = {"budget",   "meeting", "report",  "invoice", "project", "travel",
                                  "contract", "review",  "holiday", "server",  "mail",    "question",
                                  "answer",   "minutes", "offer",   "order"};

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Chunks in memory.
struct Chunks final : vault::ChunkSink, vault::ChunkSource {
  vault::Keys keys = vault::derive_keys({{1}}, SecretString(ByteString(32, 'm')));
  std::map<vault::ChunkId, vault::Chunk> all;
  Result<vault::ChunkId> put(vault::ChunkKind kind, std::span<const vault::ChunkId> refs,
                             Bytes plain) override {
    const auto id = vault::chunk_id(keys, kind, refs, plain);
    all.emplace(id, vault::Chunk{kind, {refs.begin(), refs.end()}, ByteString(as_chars(plain))});
    return id;
  }
  Result<vault::Chunk> get(const vault::ChunkId& id, vault::ChunkKind) override {
    if (const auto found = all.find(id); found != all.end()) return found->second;
    return Error{Code::kNotFound, id.brief()};
  }
};

/// Forty folders; every item has words of its own and of all, one in ten thousand the word `needle`.
archive::ItemRecord make_item(std::mt19937& random, int i) {
  archive::ItemRecord item;
  item.head.id.value = fmt::format(
      "AAMkAGE1M2IyNGNmLTI5MTktNDUyZi05ZTVmLWU3MWQ5YTQ1NTk0NgBGAAAAAADUuTJK1K9sTpCdqXop{:012}", i);
  item.head.change_key.value = fmt::format("CQAAABYAAACdqXop{:016}", i);
  item.head.item_class = random() % 20 == 0 ? "IPM.Appointment" : "IPM.Note";
  item.head.has_attachments = random() % 5 == 0;
  const auto word = [&] { return kWords[random() % std::size(kWords)]; };
  item.label.subject = fmt::format("{} {} {} {}", word(), word(), word(), random() % 100'000);
  if (random() % 10'000 == 0) item.label.subject += " needle";
  const auto sender = random() % 2'000;
  item.label.sender = fmt::format("Person {} <person{}@example.com>", sender, sender);
  item.label.received.ticks = 130'000'000'000'000'000 + std::uint64_t{random() % 315'000'000} * 10'000'000;
  item.stream.bytes = 2'000 + random() % 100'000;
  item.stream.object = {item.stream.bytes, 0, {}};
  for (auto& b : item.stream.object.id.bytes) b = static_cast<std::uint8_t>(random());
  item.content_hash.resize(32);
  for (char& c : item.content_hash) c = static_cast<char>(random());
  return item;
}

/// Entries in the order of their keys, as a tree.
class Tree {
 public:
  Status add(Result<vault::Entry> e) {
    TRY_ASSIGN(auto entry, std::move(e));
    entries_[entry.key] = std::move(entry);
    return ok;
  }
  Result<vault::TreeWriter::Root> write(Chunks& chunks) {
    vault::TreeWriter tree(chunks, chunks.keys.tree_cut);
    for (auto& [key, entry] : entries_) TRY(tree.add(std::move(entry)));
    return tree.finish();
  }

 private:
  std::map<std::string, vault::Entry> entries_;
};

Result<vault::TreeWriter::Root> make_tree(Chunks& chunks, int mailbox, int n, int changed) {
  Tree items, point;
  const auto folder_id = [&](int f) { return model::FolderId{fmt::format("folder {} of {}", f, mailbox)}; };
  std::mt19937 random(static_cast<unsigned>(mailbox + 1));
  for (int i = 0; i < n; ++i) {
    auto item = make_item(random, i);
    if (i < changed && i % 2 == 0) continue;  // deleted
    if (i < changed) item.head.change_key.value += "2";
    TRY(items.add(
        archive::item_entry(folder_id(i % 2 == 0 ? 0 : i % 40), item)));  // half of them in one folder
  }
  TRY_ASSIGN(const auto items_root, items.write(chunks));
  TRY(point.add(archive::items_entry(items_root)));
  archive::PointRecord record{archive::PointKind::kFull, "m", "p", {2}, {3}, static_cast<std::uint64_t>(n)};
  TRY(point.add(archive::point_entry(record, {})));
  for (int f = 0; f < 40; ++f) {
    archive::FolderRecord folder;
    folder.folder.id = folder_id(f);
    folder.folder.name = f == 0 ? "Inbox" : fmt::format("Folder {}", f);
    folder.set = 0;
    TRY(point.add(archive::folder_entry(folder, chunks, chunks.keys.cut)));
  }
  return point.write(chunks);
}

struct Filled {
  double seconds = 0;         // of adding points, without making the trees
  double change_seconds = 0;  // of a second point with 1 % changed
};

Result<Filled> fill(catalog::Database& db, int mailboxes, int items) {
  Filled filled;
  catalog::WantedPoints wanted;
  std::uint64_t number = 0;
  for (int m = 0; m < mailboxes; ++m) {
    Chunks chunks;
    for (const int changed : {0, items / 100}) {
      if (changed != 0 && m + 1 != mailboxes) continue;
      TRY_ASSIGN(const auto root, make_tree(chunks, m, items, changed));
      ++number;
      const archive::MailPoint point{fmt::format("mailbox{:04}@example.com", m),
                                     fmt::format("point{}", number),
                                     {{number}, {number}, "", root}};
      wanted[{number}] = point;
      catalog::AddPoint adding{db, chunks, wanted};
      const double start = seconds();
      TRY(db.write([&] { return adding.run(point); }));
      (changed == 0 ? filled.seconds : filled.change_seconds) += seconds() - start;
    }
    if (m % 10 == 9) fmt::print(stderr, "{} mailboxes, {:.0f} s\n", m + 1, filled.seconds);
  }
  TRY(db.run(db.dialect() == catalog::Dialect::kSqlite
                 ? "PRAGMA analysis_limit=1000; ANALYZE; PRAGMA wal_checkpoint"
                 : "ANALYZE"));
  return filled;
}

/// Milliseconds of nine questions; the rows of the last one.
struct Answer {
  double median = 0, longest = 0;
  std::size_t rows = 0;
};

class Questions {
 public:
  Questions(catalog::DatabasePlace place, int mailboxes, bool cold)
      : place_(std::move(place)), mailboxes_(mailboxes), cold_(cold) {}
  Status run() {
    TRY_ASSIGN(catalog_, catalog::Catalog::open(place_, catalog::Missing::kRefuse));
    TRY(pages());
    const auto search = [&](const char* what, const auto& set) {
      return note(what, [&](int i) {
        catalog::SearchQuery q;
        set(q, i);
        return catalog::search(db(), q);
      });
    };
    TRY(search("search: newest of all", [](auto&, int) {}));
    TRY(search("search: common word", [](auto& q, int i) { q.words = kWords[i]; }));
    TRY(search("search: two common words",
               [](auto& q, int i) { q.words = fmt::format("{} {}", kWords[i], kWords[i + 3]); }));
    TRY(search("search: rare word", [](auto& q, int) { q.words = "needle"; }));
    TRY(search("search: begin of a word",
               [](auto& q, int i) { q.words = fmt::format("needl* {}*", kWords[i]); }));
    TRY(search("search: three letters of a word",
               [](auto& q, int i) { q.words = std::string(kWords[i], 3) + "*"; }));
    TRY(search("search: a digit, of ten thousand words",
               [](auto& q, int i) { q.words = fmt::format("{}*", i + 1); }));
    TRY(search("search: begins of two words",
               [](auto& q, int i) { q.words = fmt::format("{:.4}* {:.3}*", kWords[i], kWords[i + 3]); }));
    TRY(search("search: a beginning of hundreds of words",
               [](auto& q, int i) { q.words = fmt::format("person{}*", i + 1); }));
    TRY(search("search: sender", [](auto& q, int i) { q.sender = fmt::format("person{}", i * 7 + 1); }));
    TRY(search("search: sender in a mailbox", [&](auto& q, int i) {
      q.sender = fmt::format("person{}", i * 7 + 1);
      q.mailbox = mailbox(i);
    }));
    TRY(search("search: word in folders Inbox, with attachment", [](auto& q, int i) {
      q.words = kWords[i];
      q.folder = "inbox";
      q.with_attachments = true;
    }));
    TRY(search("search: word in a mailbox", [&](auto& q, int i) {
      q.words = kWords[i];
      q.mailbox = mailbox(i);
    }));
    TRY(search("search: the class of most", [](auto& q, int) { q.item_class = "IPM.Note"; }));
    TRY(search("search: a rare word in the class of most", [](auto& q, int) {
      q.words = "needle";
      q.item_class = "IPM";
    }));
    TRY(search("search: words that are not together",
               [](auto& q, int i) { q.words = fmt::format("needle needless{} {}", i, kWords[i]); }));
    TRY(search("search: class and a month", [](auto& q, int i) {
      q.item_class = "IPM.Appointment";
      q.since = {130'000'000'000'000'000 + std::uint64_t(i) * 30 * 864'000'000'000};
      q.until = {q.since.ticks + 30 * std::uint64_t{864'000'000'000}};
    }));
    TRY(search("search: what points at a time have", [](auto& q, int i) {
      q.words = kWords[i];
      q.at = {~std::uint64_t{0}};
    }));
    TRY(search("search: what points at a time before all have", [](auto& q, int i) {
      q.words = kWords[i];
      q.at = {1};
    }));
    TRY(note("versions of an item",
             [&](int i) { return catalog::versions_of(db(), mailbox(i), make_item_id(i)); }));
    TRY(note("points", [&](int i) { return catalog::points(db(), mailbox(i)); }));
    return note("deleted since", [&](int i) {
      const int changed = i % 2 == 0 ? i : mailboxes_ - 1;
      return catalog::deleted(db(), {mailbox(changed), {1}, 0, 100});
    });
  }
  std::string json() const { return fmt::format("{{{}}}", fmt::join(lines_, ",")); }

 private:
  std::string mailbox(int i) const { return fmt::format("mailbox{:04}@example.com", i % mailboxes_); }
  static model::ItemId make_item_id(int i) {
    std::mt19937 random(1);
    return make_item(random, i).head.id;
  }
  catalog::Database& db() { return catalog_->database(); }
  /// Nothing of the catalog is in memory any more.
  Status cool() {
    catalog_.reset();
    const int file = ::open(place_.target.c_str(), O_RDONLY | O_CLOEXEC);
    const bool dropped =
        file >= 0 && ::fdatasync(file) == 0 && ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0;
    if (file >= 0) ::close(file);
    if (!dropped)
      return Error{Code::kInvalid, place_.text + ": not a file that can be taken out of the cache"};
    TRY_ASSIGN(catalog_, catalog::Catalog::open(place_, catalog::Missing::kRefuse));
    return ok;
  }
  template <class Ask>
  Result<Answer> measure(const Ask& ask) {
    std::vector<double> times;
    Answer answer;
    for (int i = 0; i < 9; ++i) {
      if (cold_) TRY(cool());
      const double start = seconds();
      TRY_ASSIGN(const auto rows, ask(i));
      times.push_back((seconds() - start) * 1'000);
      answer.rows = rows.size();
    }
    std::sort(times.begin(), times.end());
    answer.median = times[4];
    answer.longest = times.back();
    return answer;
  }
  template <class Ask>
  Status note(const char* what, const Ask& ask) {
    TRY_ASSIGN(const Answer answer, measure(ask));
    lines_.push_back(fmt::format("\"{}\":{{\"ms\":{:.2f},\"longest\":{:.2f},\"rows\":{}}}", what,
                                 answer.median, answer.longest, answer.rows));
    fmt::print(stderr, "{}\n", lines_.back());
    return ok;
  }
  Status pages() {
    using catalog::Order;
    const char* const names[] = {"page by date", "page by subject", "page by sender", "page by size"};
    for (const Order order : {Order::kDate, Order::kSubject, Order::kSender, Order::kSize})
      TRY(note(names[static_cast<int>(order)], [&](int i) { return page(i, order); }));
    return ok;
  }
  /// The second page of the Inbox of some mailbox: the first gives where it begins.
  Result<std::vector<catalog::VersionRow>> page(int i, catalog::Order order) {
    TRY_ASSIGN(const auto points, catalog::points(db(), mailbox(i)));
    TRY_ASSIGN(const auto folders, catalog::folders(db(), points.front().number));
    std::int64_t inbox = 0;
    for (const auto& f : folders) inbox = f.folder.name == "Inbox" ? f.id : inbox;
    catalog::PageQuery q{points.front().number, inbox, order, true, {}, 100};
    TRY_ASSIGN(const auto first, catalog::page(db(), q));
    q.after = first.back().head.id;
    return catalog::page(db(), q);
  }
  const catalog::DatabasePlace place_;
  const int mailboxes_;
  const bool cold_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::vector<std::string> lines_;
};

Status run(const std::string& text, int mailboxes, int items, bool cold) {
  TRY_ASSIGN(const auto place, catalog::parse_database_place(text));
  TRY_ASSIGN(auto made, catalog::Catalog::open(place, catalog::Missing::kMake));
  Filled filled;
  if (made->is_new()) {
    TRY_ASSIGN(filled, fill(made->database(), mailboxes, items));
  }
  made.reset();
  Questions questions(place, mailboxes, cold);
  TRY(questions.run());
  fmt::print("{{\"items\":{},\"fill_seconds\":{:.1f},\"change_seconds\":{:.2f},\"answers\":{}}}\n",
             std::int64_t{mailboxes} * items, filled.seconds, filled.change_seconds, questions.json());
  return ok;
}

}  // namespace
}  // namespace mk::bench

int main(int argc, char** argv) {
  const bool cold = argc == 5 && std::string_view(argv[4]) == "cold";
  if (argc != 4 && !cold) {
    fmt::print(stderr, "usage: mk_catalog_speed PLACE MAILBOXES ITEMS [cold]\n");
    return 2;
  }
  const auto done = mk::bench::run(argv[1], std::atoi(argv[2]), std::atoi(argv[3]), cold);
  if (!done) fmt::print(stderr, "{}\n", done.error().what);
  return done ? 0 : 1;
}
