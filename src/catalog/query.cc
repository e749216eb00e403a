#include "catalog/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>

#include "archive/keys.h"
#include "base/text.h"
#include "catalog/point_rows.h"
#include "catalog/schema.h"
#include "catalog/words.h"

namespace mk::catalog {
namespace {

constexpr std::size_t kMaxFolders = 1'000;
constexpr std::size_t kMaxCompletions = 100;    // of a beginning; more of them are collected by the database
constexpr std::size_t kLookedThrough = 20'000;  // newest versions, for beginnings of more words
constexpr std::size_t kFewMailboxes = 20;  // so many are named in a search, of more all are looked through
constexpr std::size_t kMaxCopies = 1'000;  // of an item, that are looked at for moves

/// A statement and the values of its parameters, put together from parts.
struct Sql {
  std::string text;
  Values values;
  /// The name of a new parameter.
  std::string with(Value value) {
    values.push_back(std::move(value));
    return fmt::format("${}", values.size());
  }
};

constexpr const char* kColumns =
    "v.id, m.name, (SELECT s.name FROM folder_state s WHERE s.folder = v.folder ORDER BY s.first DESC LIMIT "
    "1), "
    "f.source, v.item, v.change_key, v.class, v.subject, v.sender, v.received, v.bytes, v.flags, v.object, "
    "v.object_bytes, v.object_depth, v.object_offset, (SELECT min(p.number) FROM point p WHERE p.mailbox = "
    "v.mailbox AND "
    "p.number >= "
    "v.first AND p.problem IS NULL), CASE WHEN v.last IS NULL THEN 0 ELSE (SELECT max(p.number) FROM point p "
    "WHERE "
    "p.mailbox = v.mailbox AND p.number <= v.last AND p.problem IS NULL) END";
constexpr const char* kOthers = " JOIN mailbox m ON m.id = v.mailbox JOIN folder f ON f.id = v.folder";

std::uint64_t natural(std::int64_t n) { return n < 0 ? 0 : static_cast<std::uint64_t>(n); }

VersionRow version_of(const Row& row) {
  VersionRow v;
  v.id = row.integer(0);
  v.mailbox = row.text(1);
  v.folder = row.text(2);
  v.folder_id.value = row.bytes(3);
  v.head.id.value = row.bytes(4);
  v.head.change_key.value = row.bytes(5);
  v.head.item_class = row.text(6);
  v.label = {row.text(7), row.text(8), FileTime{natural(row.integer(9))}};
  v.bytes = natural(row.integer(10));
  const std::int64_t flags = row.integer(11);
  v.head.read = (flags & 1) != 0;
  v.head.associated = (flags & 2) != 0;
  v.head.has_attachments = (flags & 4) != 0;
  const ByteString object = row.bytes(12);
  std::copy_n(object.begin(), std::min(object.size(), v.object.id.bytes.size()), v.object.id.bytes.begin());
  v.object.size = natural(row.integer(13));
  v.object.depth = static_cast<std::uint8_t>(row.integer(14));
  v.object.offset = static_cast<std::uint32_t>(row.integer(15));
  v.first.value = natural(row.integer(16));
  v.last.value = natural(row.integer(17));
  return v;
}

Result<std::vector<VersionRow>> versions(Database& db, const Sql& sql) {
  std::vector<VersionRow> out;
  TRY(db.query(sql.text, sql.values, [&](const Row& row) -> Result<bool> {
    out.push_back(version_of(row));
    return true;
  }));
  return out;
}

Result<std::vector<PointRow>> points_where(Database& db, const char* where, const Values& values) {
  std::vector<PointRow> out;
  TRY(db.query(fmt::format("SELECT p.number, m.name, p.name, p.kind, p.started, p.finished, p.items, "
                           "coalesce(p.problem, '') FROM point p JOIN mailbox m ON m.id = p.mailbox WHERE {} "
                           "ORDER BY m.name, p.number",
                           where),
               values, [&](const Row& row) -> Result<bool> {
                 out.push_back({{natural(row.integer(0))},
                                row.text(1),
                                row.text(2),
                                static_cast<archive::PointKind>(row.integer(3)),
                                {natural(row.integer(4))},
                                {natural(row.integer(5))},
                                natural(row.integer(6)),
                                row.text(7)});
                 return true;
               }));
  return out;
}

/// Errors: kNotFound  no such point; kCorrupt  it cannot be read
Result<std::int64_t> mailbox_of(Database& db, vault::LogNumber point) {
  std::int64_t mailbox = 0;
  TRY(db.query("SELECT mailbox, problem FROM point WHERE number = $1", {column_number(point.value)},
               [&](const Row& row) -> Result<bool> {
                 if (!row.is_null(1))
                   return Error{
                       Code::kCorrupt,
                       fmt::format("point #{} could not be read: {}; after a repair, make the catalog anew: "
                                   "`mailkeep vault rebuild-catalog`",
                                   point.value, row.text(1))};
                 mailbox = row.integer(0);
                 return true;
               }));
  if (mailbox != 0) return mailbox;
  return Error{Code::kNotFound, fmt::format("the catalog has no point #{}", point.value)};
}

Result<std::int64_t> mailbox_named(Database& db, const std::string& name) {
  std::int64_t id = 0;
  TRY(db.query("SELECT id FROM mailbox WHERE name = $1", {xml_characters(name)},
               [&](const Row& row) -> Result<bool> { return id = row.integer(0), true; }));
  if (id != 0) return id;
  return Error{Code::kNotFound, "the catalog has no mailbox " + name};
}

const char* column_of(Order order) {
  switch (order) {
    case Order::kSubject:
      return "subject_key";
    case Order::kSender:
      return "sender_key";
    case Order::kSize:
      return "bytes";
    case Order::kDate:
      break;
  }
  return nullptr;  // ids are in that order
}

/// Where a page begins: what the item before it is sorted by.
struct Mark {
  std::int64_t id = 0;
  Value key;
};

Result<Mark> find_mark(Database& db, const PageQuery& q) {
  const char* const column = column_of(q.order);
  std::optional<Mark> found;
  ByteString folder_source;
  TRY(db.query("SELECT source FROM folder WHERE id = $1", {q.folder},
               [&](const Row& row) -> Result<bool> { return folder_source = row.bytes(0), true; }));
  const Binary item_key{archive::item_key({folder_source}, q.after).substr(archive::kItemsPrefixBytes)};
  for (const char* which : {"last IS NULL", "last IS NOT NULL AND last >= $3"})
    TRY(db.query(
        fmt::format("SELECT id, {} FROM version WHERE folder = $1 AND key = $2 AND first <= $3 AND {}",
                    column == nullptr ? "id" : column, which),
        {q.folder, item_key, column_number(q.point.value)}, [&](const Row& row) -> Result<bool> {
          Mark mark{row.integer(0), {}};
          if (q.order == Order::kSize) mark.key = row.integer(1);
          if (q.order == Order::kSubject || q.order == Order::kSender) mark.key = row.text(1);
          found = std::move(mark);
          return true;
        }));
  if (found) return *found;
  return Error{Code::kNotFound, "the folder has no item with the id after which the page should begin"};
}

Result<std::vector<VersionRow>> read_page(Database& db, const PageQuery& q) {
  TRY_ASSIGN(const std::int64_t mailbox, mailbox_of(db, q.point));
  const char* const column = column_of(q.order);
  Sql sql;
  const std::string point = sql.with(column_number(q.point.value));
  sql.text = fmt::format(
      "SELECT {} FROM version v{} WHERE v.folder = {} AND v.mailbox = {} AND v.first <= {} AND (v.last IS "
      "NULL OR "
      "v.last >= {})",
      kColumns, kOthers, sql.with(q.folder), sql.with(mailbox), point, point);
  const char* const than = q.descending ? "<" : ">";
  if (!q.after.empty()) {
    TRY_ASSIGN(const Mark mark, find_mark(db, q));
    sql.text += column == nullptr ? fmt::format(" AND v.id {} {}", than, sql.with(mark.id))
                                  : fmt::format(" AND (v.{}, v.id) {} ({}, {})", column, than,
                                                sql.with(mark.key), sql.with(mark.id));
  }
  const char* const direction = q.descending ? "DESC" : "ASC";
  sql.text += column == nullptr ? fmt::format(" ORDER BY v.id {}", direction)
                                : fmt::format(" ORDER BY v.{} {}, v.id {}", column, direction, direction);
  sql.text += " LIMIT " + sql.with(column_number(q.limit));
  return versions(db, sql);
}

/// Ids of the folders that had the name at some time.
Result<std::vector<std::int64_t>> folders_named(Database& db, const std::string& name) {
  std::vector<std::int64_t> out;
  const std::string text = xml_characters(name);
  TRY(db.query("SELECT DISTINCT folder, name FROM folder_state WHERE name_key = $1 LIMIT 10000",
               {sort_key(text)}, [&](const Row& row) -> Result<bool> {
                 if (fold(row.text(1)) == fold(text)) out.push_back(row.integer(0));
                 return true;
               }));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  if (out.size() <= kMaxFolders) return out;
  return Error{Code::kInvalid,
               fmt::format("more than {} folders are called {}; choose a mailbox, or search without",
                           kMaxFolders, name)};
}

/// All words that begin so; nothing: they are too many.
Result<std::optional<std::vector<std::string>>> words_beginning(Database& db, const std::string& begin) {
  constexpr const char* kBehindAllLetters = "\xF4\x8F\xBF\xBF";
  std::vector<std::string> out;
  TRY(db.query("SELECT word FROM word WHERE word >= $1 AND word < $2 ORDER BY word LIMIT $3",
               {begin, begin + kBehindAllLetters, column_number(kMaxCompletions + 1)},
               [&](const Row& row) -> Result<bool> { return out.push_back(row.text(0)), true; }));
  if (out.size() > kMaxCompletions) return std::optional<std::vector<std::string>>();
  return std::optional(std::move(out));
}

/// Mailboxes that have a point begun at or before the time.
Result<std::vector<std::int64_t>> mailboxes_at(Database& db, FileTime at) {
  std::vector<std::int64_t> out;
  TRY(
      db.query("SELECT id FROM mailbox m WHERE EXISTS (SELECT 1 FROM point p WHERE p.mailbox = m.id AND "
               "p.problem IS NULL AND p.started <= $1)",
               {column_number(at.ticks)},
               [&](const Row& row) -> Result<bool> { return out.push_back(row.integer(0)), true; }));
  return out;
}

/// The words to be found, or nothing when no version can have them.
Result<std::optional<WordQuery>> words_to_find(Database& db, const SearchQuery& q) {
  WordQuery words;
  words.add_words(q.words, WordQuery::kAny);
  words.add_words(q.subject, WordQuery::kSubject);
  words.add_words(q.sender, WordQuery::kSender);
  if (!q.item_class.empty()) words.add_class(q.item_class);
  if (q.with_attachments) words.add_attachments();
  if (!q.mailbox.empty()) {
    TRY_ASSIGN(const std::int64_t mailbox, mailbox_named(db, q.mailbox));
    words.add_mailboxes({mailbox});
  }
  if (!q.folder.empty()) {
    TRY_ASSIGN(const auto folders, folders_named(db, q.folder));
    if (folders.empty()) return std::optional<WordQuery>();
    words.add_folders(folders);
  }
  if (q.at.ticks != 0) {  // what other mailboxes have would all be looked through in vain
    TRY_ASSIGN(const auto mailboxes, mailboxes_at(db, q.at));
    if (mailboxes.empty()) return std::optional<WordQuery>();
    if (mailboxes.size() <= kFewMailboxes) words.add_mailboxes(mailboxes);
  }
  TRY_ASSIGN(const bool possible,
             words.complete([&](const std::string& begin) { return words_beginning(db, begin); }));
  if (!possible) return std::optional<WordQuery>();
  return std::optional(std::move(words));
}

/// Which versions are looked at, the newest first.
struct Range {
  std::int64_t from = 0, to = 0;  // ids, `to` not included
  std::size_t limit = 0;
};

/// FROM and all behind it of a search; `columns` are those of `v`.
Sql search_statement(Database& db, const std::string& columns, const WordQuery& words, const SearchQuery& q,
                     const Range& range) {
  const bool by_words = !words.empty();
  const std::string id = by_words ? "search.rowid" : "v.id";
  Sql sql;
  sql.text = fmt::format("SELECT {} FROM {}{} WHERE {} >= {} AND {} < {}", columns,
                         by_words ? "search JOIN version v ON v.id = search.rowid" : "version v", kOthers, id,
                         sql.with(range.from), id, sql.with(range.to));
  if (by_words) {
    const auto& dialect = search_sql(db.dialect());
    sql.text += " AND " + fmt::format(fmt::runtime(dialect.match), sql.with(words.text(db.dialect())));
  }
  if (q.at.ticks != 0) {
    const std::string newest = fmt::format(
        "(SELECT max(p.number) FROM point p WHERE p.mailbox = v.mailbox AND p.problem IS NULL AND p.started "
        "<= {})",
        sql.with(column_number(q.at.ticks)));
    sql.text += fmt::format(" AND v.first <= {} AND (v.last IS NULL OR v.last >= {})", newest, newest);
  }
  sql.text += fmt::format(" ORDER BY {} DESC LIMIT {}", id, sql.with(column_number(range.limit)));
  return sql;
}

/// Beginnings of so many words that the database would collect all versions with any of them: when these are
/// many, some of the newest versions are among them, and looking through those is enough. Narrows the range
/// to what was not looked through.
Result<std::vector<std::int64_t>> look_through(Database& db, const WordQuery& beginnings,
                                               const WordQuery& others, const SearchQuery& q, Range& range) {
  std::vector<std::int64_t> found;
  std::size_t seen = 0;
  const Range newest{range.from, range.to, kLookedThrough};
  const Sql sql = search_statement(db, "v.id, v.subject, v.sender, v.class", others, q, newest);
  TRY(db.query(sql.text, sql.values, [&](const Row& row) -> Result<bool> {
    ++seen;
    range.to = row.integer(0);
    if (beginnings.matches(search_words({0, 0, false, row.text(1), row.text(2), row.text(3)})))
      found.push_back(row.integer(0));
    return found.size() < range.limit;
  }));
  if (seen < kLookedThrough && found.size() < range.limit) range.to = range.from;  // there are no more
  range.limit -= found.size();
  return found;
}

Result<std::vector<VersionRow>> run_search(Database& db, const SearchQuery& q) {
  TRY_ASSIGN(const auto words, words_to_find(db, q));
  std::vector<VersionRow> out;
  if (!words) return out;
  const std::int64_t until =
      q.until.ticks == 0 ? std::numeric_limits<std::int64_t>::max() : version_id(id_seconds(q.until), 0);
  Range range{version_id(id_seconds(q.since), 0), q.before == 0 ? until : std::min(until, q.before), q.limit};
  WordQuery others = *words;
  const WordQuery beginnings = others.take_long_beginnings();
  if (!beginnings.empty() && range.limit > 0) {
    TRY_ASSIGN(const auto ids, look_through(db, beginnings, others, q, range));
    for (const std::int64_t id : ids) {
      TRY_ASSIGN(
          auto one,
          versions(db, {fmt::format("SELECT {} FROM version v{} WHERE v.id = $1", kColumns, kOthers), {id}}));
      std::move(one.begin(), one.end(), std::back_inserter(out));
    }
  }
  if (range.limit == 0 || range.to <= range.from) return out;
  TRY_ASSIGN(auto rest, versions(db, search_statement(db, kColumns, *words, q, range)));
  std::move(rest.begin(), rest.end(), std::back_inserter(out));
  return out;
}

/// One answer from one state of the catalog.
template <class T, class Query>
Result<T> ask(Database& db, const Query& query) {
  T out;
  TRY(db.read([&]() -> Status {
    TRY_ASSIGN(out, query());
    return ok;
  }));
  return out;
}
using Versions = std::vector<VersionRow>;

Result<Versions> versions_where(Database& db, const std::string& where, Values values) {
  return versions(db, {fmt::format("SELECT {} FROM version v{} WHERE {} ORDER BY v.first LIMIT {}", kColumns,
                                   kOthers, where, kMaxCopies),
                       std::move(values)});
}

Result<Versions> versions_by_id(Database& db, std::int64_t mailbox, const model::ItemId& item) {
  std::vector<std::pair<std::int64_t, ByteString>> folders;
  TRY(db.query("SELECT id, source FROM folder WHERE mailbox = $1", {mailbox},
               [&](const Row& row) -> Result<bool> {
                 folders.emplace_back(row.integer(0), row.bytes(1));
                 return true;
               }));
  Versions out;
  for (const auto& [folder, source] : folders) {
    const Binary key{archive::item_key({source}, item).substr(archive::kItemsPrefixBytes)};
    for (const char* which : {"v.last IS NOT NULL", "v.last IS NULL"}) {
      TRY_ASSIGN(auto some, versions_where(db, fmt::format("v.folder = $1 AND v.key = $2 AND {}", which),
                                           {folder, key}));
      for (auto& v : some)
        if (v.head.id == item) out.push_back(std::move(v));
    }
  }
  return out;
}

bool overlap(const VersionRow& a, const VersionRow& b) {
  const auto end = [](const VersionRow& v) { return v.last.value == 0 ? ~std::uint64_t{0} : v.last.value; };
  return a.first.value <= end(b) && b.first.value <= end(a);
}

/// Adds versions with the same content that no point has beside those of the item: it was moved.
Status add_moved(Database& db, std::int64_t mailbox, Versions& out) {
  std::set<std::int64_t> contents;
  for (const auto& v : out)
    TRY(db.query("SELECT content FROM version WHERE id = $1 AND content IS NOT NULL", {v.id},
                 [&](const Row& row) -> Result<bool> { return contents.insert(row.integer(0)), true; }));
  for (const std::int64_t content : contents) {
    TRY_ASSIGN(auto copies, versions_where(db, "v.mailbox = $1 AND v.content = $2", {mailbox, content}));
    for (auto& copy : copies)
      if (std::none_of(out.begin(), out.end(), [&](const auto& v) { return overlap(v, copy); }))
        out.push_back(std::move(copy));
  }
  return ok;
}

}  // namespace

Result<std::vector<PointRow>> points(Database& db, const std::string& mailbox) {
  return points_where(db, "$1 = '' OR m.name = $1", {xml_characters(mailbox)});
}

Result<std::optional<PointRow>> find_point(Database& db, vault::LogNumber number) {
  TRY_ASSIGN(auto found, points_where(db, "p.number = $1", {column_number(number.value)}));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

Result<std::vector<FolderRow>> folders(Database& db, vault::LogNumber point) {
  TRY_ASSIGN(const std::int64_t mailbox, mailbox_of(db, point));
  std::vector<FolderRow> out;
  TRY(
      db.query("SELECT f.id, f.source, s.parent, s.name, s.class, s.well_known, s.items, s.associated, "
               "s.selected FROM folder f "
               "JOIN folder_state s ON s.folder = f.id WHERE f.mailbox = $1 AND s.first <= $2 AND (s.last IS "
               "NULL OR s.last >= "
               "$2) ORDER BY s.position",
               {mailbox, column_number(point.value)}, [&](const Row& row) -> Result<bool> {
                 FolderRow f;
                 f.id = row.integer(0);
                 f.folder.id.value = row.bytes(1);
                 f.folder.parent.value = row.bytes(2);
                 f.folder.name = row.text(3);
                 f.folder.folder_class = row.text(4);
                 f.folder.well_known = row.text(5);
                 f.held = {natural(row.integer(6)), natural(row.integer(7))};
                 f.selected = row.integer(8) != 0;
                 out.push_back(std::move(f));
                 return true;
               }));
  return out;
}

Result<std::vector<VersionRow>> page(Database& db, const PageQuery& query) {
  return ask<Versions>(db, [&] { return read_page(db, query); });
}

Result<std::vector<VersionRow>> search(Database& db, const SearchQuery& query) {
  return ask<Versions>(db, [&] { return run_search(db, query); });
}

Result<std::vector<VersionRow>> deleted(Database& db, const DeletedQuery& q) {
  return ask<Versions>(db, [&]() -> Result<Versions> {
    TRY_ASSIGN(const std::int64_t mailbox, mailbox_named(db, q.mailbox));
    Sql sql;
    sql.text = fmt::format(
        "SELECT {} FROM version v{} WHERE v.mailbox = {} AND v.last >= {} AND v.last IS NOT NULL AND NOT "
        "EXISTS (SELECT "
        "1 FROM version c WHERE c.folder = v.folder AND c.key = v.key AND c.last IS NULL) AND NOT EXISTS "
        "(SELECT 1 FROM "
        "version c WHERE c.folder = v.folder AND c.key = v.key AND c.last IS NOT NULL AND c.last > v.last) "
        "AND NOT "
        "EXISTS (SELECT 1 FROM version c WHERE c.mailbox = v.mailbox AND c.content = v.content AND c.last IS "
        "NULL)",
        kColumns, kOthers, sql.with(mailbox), sql.with(column_number(q.since.value)));
    if (q.before != 0) sql.text += " AND v.id < " + sql.with(q.before);
    sql.text += " ORDER BY v.id DESC LIMIT " + sql.with(column_number(q.limit));
    return versions(db, sql);
  });
}

Result<std::vector<VersionRow>> versions_of(Database& db, const std::string& mailbox,
                                            const model::ItemId& item) {
  return ask<Versions>(db, [&]() -> Result<Versions> {
    TRY_ASSIGN(const std::int64_t id, mailbox_named(db, mailbox));
    TRY_ASSIGN(Versions out, versions_by_id(db, id, item));
    TRY(add_moved(db, id, out));
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return out;
  });
}

}  // namespace mk::catalog
