#include "catalog/point_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "archive/entries.h"
#include "archive/keys.h"
#include "archive/restore_point.h"
#include "base/text.h"
#include "catalog/schema.h"
#include "catalog/words.h"
#include "vault/tree_diff.h"

namespace mk::catalog {
namespace {

constexpr std::size_t kBatch = 10'000;  // rows that are collected before they are written
constexpr std::size_t kRememberedWords = 100'000;
constexpr int kNumberBits = 29;
constexpr std::int64_t kMaxSeconds = (std::int64_t{1} << 34) - 1;
constexpr std::uint64_t kTicksPerSecond = 10'000'000;
constexpr std::int64_t kRead = 1, kAssociated = 2, kHasAttachments = 4;

constexpr const char* kAddVersion =
    "INSERT INTO version (id, mailbox, folder, first, key, item, change_key, class, subject, sender, "
    "subject_key, "
    "sender_key, received, bytes, flags, object, object_bytes, object_depth, object_offset, content) VALUES "
    "($1, $2, $3, "
    "$4, $5, "
    "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
constexpr const char* kEndVersion =
    "UPDATE version SET last = $1 WHERE folder = $2 AND key = $3 AND last IS NULL";

Binary bytes_of(std::string_view text) { return {ByteString(text)}; }
Binary bytes_of(Bytes bytes) { return {ByteString(as_chars(bytes))}; }
std::int64_t number_of(vault::LogNumber n) { return column_number(n.value); }

/// Content hashes are compared by their beginning.
Value content_of(const ByteString& hash) {
  if (hash.size() < sizeof(std::int64_t)) return {};
  return load_le<std::int64_t>(hash.data());
}

Result<std::int64_t> ask(Database& db, const std::string& sql, const Values& values) {
  std::int64_t n = 0;
  TRY(db.query(sql, values, [&](const Row& row) -> Result<bool> {
    n = row.is_null(0) ? 0 : row.integer(0);
    return false;
  }));
  return n;
}

Result<std::int64_t> mailbox_id(Database& db, const std::string& given) {
  const std::string name = xml_characters(given);
  TRY_ASSIGN(std::int64_t id, ask(db, "SELECT id FROM mailbox WHERE name = $1", {name}));
  if (id != 0) return id;
  TRY_ASSIGN(id, ask(db, "SELECT coalesce(max(id), 0) + 1 FROM mailbox", {}));
  TRY(db.execute("INSERT INTO mailbox (id, name) VALUES ($1, $2)", {id, name}));
  return id;
}

Status add_point_row(Database& db, std::int64_t mailbox, const archive::MailPoint& point,
                     const archive::PointRecord& record, const Value& problem) {
  return db.execute(
      "INSERT INTO point (number, mailbox, name, kind, started, finished, items, root, problem) VALUES ($1, "
      "$2, $3, "
      "$4, $5, $6, $7, $8, $9)",
      {number_of(point.point.number), mailbox, xml_characters(point.name), std::int64_t(record.kind),
       column_number(record.started.ticks), column_number(record.finished.ticks), column_number(record.items),
       bytes_of(point.point.root.id.view()), problem});
}

/// What of a folder is in its rows; counts, states and ledgers of runs come and go.
Values state_of(const archive::FolderRecord& f) {
  const std::string name = xml_characters(f.folder.name);
  return {std::int64_t{f.position},
          bytes_of(f.folder.parent.value),
          name,
          sort_key(name),
          xml_characters(f.folder.folder_class),
          xml_characters(f.folder.well_known),
          column_number(f.held.items),
          column_number(f.held.associated),
          std::int64_t{f.set >= 0}};
}

/// Writes how one point differs from the one before.
class PointWriter {
 public:
  PointWriter(Database& db, vault::ChunkSource& chunks, std::int64_t mailbox)
      : db_(db), chunks_(chunks), mailbox_(mailbox) {}

  /// `base`: the point before, or nothing.
  Status run(const archive::RestorePoint* base, vault::LogNumber before, const archive::RestorePoint& opened,
             vault::LogNumber number) {
    before_ = number_of(before);
    number_ = number_of(number);
    TRY(load());
    using Entry = const vault::Entry*;
    vault::TreeWriter::Root old_root, old_items;
    if (base != nullptr) {
      old_root = base->root();
      TRY_ASSIGN(old_items, base->items());
    }
    TRY_ASSIGN(const auto items, opened.items());
    TRY(vault::compare_trees(chunks_, old_root, opened.root(),
                             [this](Entry old, Entry now) { return visit_folder(old, now); }));
    TRY(vault::compare_trees(chunks_, old_items, items,
                             [this](Entry old, Entry now) { return visit_item(old, now); }));
    TRY(flush());
    return of_database(db_.execute("UPDATE catalog SET next_version = $1", {next_}));
  }
  /// The error is the database's, not the vault's.
  bool database_failed() const { return database_failed_; }
  std::uint64_t n_versions() const { return n_versions_; }

 private:
  Status of_database(Status s) {
    database_failed_ |= !s;
    return s;
  }

  Status load() {
    TRY(of_database(db_.query("SELECT hash, id FROM folder WHERE mailbox = $1", {mailbox_},
                              [&](const Row& row) -> Result<bool> {
                                folders_[row.bytes(0)] = row.integer(1);
                                return true;
                              })));
    auto next = ask(db_, "SELECT next_version FROM catalog", {});
    if (!next) return of_database(std::move(next).error());
    next_ = *next;
    return ok;
  }

  Status visit_folder(const vault::Entry* old, const vault::Entry* now) {
    Values was, is;
    const std::string& key = (now != nullptr ? now : old)->key;
    if (!key.starts_with(archive::kFolderPrefix)) return ok;
    const std::string hash = key.substr(archive::kFolderPrefix.size());
    if (old != nullptr) {
      TRY_ASSIGN(const auto record, archive::read_folder(chunks_, *old));
      was = state_of(record);
    }
    std::string source;
    if (now != nullptr) {
      TRY_ASSIGN(const auto record, archive::read_folder(chunks_, *now));
      is = state_of(record);
      source = record.folder.id.value;
    }
    if (same(was, is)) return ok;
    return of_database(write_folder(hash, source, old != nullptr, std::move(is)));
  }

  static bool same(const Values& a, const Values& b) {
    return std::ranges::equal(a, b, [](const Value& x, const Value& y) {
      const auto* const bx = std::get_if<Binary>(&x);
      const auto* const by = std::get_if<Binary>(&y);
      if (bx != nullptr && by != nullptr) return bx->bytes == by->bytes;
      return x.index() == y.index() && bx == nullptr &&
             (x.index() == 1 ? std::get<1>(x) == std::get<1>(y) : std::get<2>(x) == std::get<2>(y));
    });
  }

  Status write_folder(const std::string& hash, const std::string& source, bool ends, Values is) {
    TRY_ASSIGN(const std::int64_t id, folder_id(hash, source));
    if (ends)
      TRY(db_.execute("UPDATE folder_state SET last = $1 WHERE folder = $2 AND last IS NULL", {before_, id}));
    if (is.empty()) return ok;
    Values row{id, number_};
    row.insert(row.end(), is.begin(), is.end());
    return db_.execute(
        "INSERT INTO folder_state (folder, first, position, parent, name, name_key, class, well_known, "
        "items, "
        "associated, selected) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        row);
  }

  Result<std::int64_t> folder_id(const std::string& hash, const std::string& source) {
    if (const auto known = folders_.find(hash); known != folders_.end()) return known->second;
    TRY_ASSIGN(const std::int64_t id, ask(db_, "SELECT coalesce(max(id), 0) + 1 FROM folder", {}));
    TRY(db_.execute("INSERT INTO folder (id, mailbox, hash, source) VALUES ($1, $2, $3, $4)",
                    {id, mailbox_, bytes_of(hash), bytes_of(source)}));
    folders_[hash] = id;
    return id;
  }

  Status visit_item(const vault::Entry* old, const vault::Entry* now) {
    const std::string& key = (now != nullptr ? now : old)->key;
    if (!archive::is_item_key(key)) return ok;  // in a point of version 1
    const auto folder = folders_.find(key.substr(1, archive::kItemsPrefixBytes - 1));
    if (folder == folders_.end()) return Error{Code::kCorrupt, "an item lies in a folder that is not listed"};
    const Binary item_key = bytes_of(std::string_view(key).substr(archive::kItemsPrefixBytes));
    if (old != nullptr) ended_.push_back({before_, folder->second, item_key});
    if (now != nullptr) {
      TRY_ASSIGN(const auto item, archive::read_item(*now));
      TRY(add_item(folder->second, item_key, item));
    }
    return ended_.size() + added_.size() < kBatch ? Status(ok) : flush();
  }

  Status add_item(std::int64_t folder, const Binary& key, const archive::ItemRecord& item) {
    if (next_ >= kMaxVersions)
      return of_database(
          Error{Code::kExhausted,
                "the catalog has no numbers left; make it anew: `mailkeep vault rebuild-catalog`"});
    const std::int64_t id = version_id(id_seconds(item.label.received), next_++);
    const std::string subject = xml_characters(item.label.subject),
                      sender = xml_characters(item.label.sender),
                      item_class = xml_characters(item.head.item_class);
    const std::int64_t flags = (item.head.read ? kRead : 0) | (item.head.associated ? kAssociated : 0) |
                               (item.head.has_attachments ? kHasAttachments : 0);
    const auto& object = item.stream.object;
    added_.push_back({id,
                      mailbox_,
                      folder,
                      number_,
                      key,
                      bytes_of(item.head.id.value),
                      bytes_of(item.head.change_key.value),
                      item_class,
                      subject,
                      sender,
                      sort_key(subject),
                      sort_key(sender),
                      column_number(item.label.received.ticks),
                      column_number(item.stream.bytes),
                      flags,
                      bytes_of(object.id.view()),
                      column_number(object.size),
                      std::int64_t{object.depth},
                      std::int64_t{object.offset},
                      content_of(item.content_hash)});
    std::string words =
        search_words({mailbox_, folder, item.head.has_attachments, subject, sender, item_class});
    note_words(words);
    words_.push_back({id, std::move(words)});
    ++n_versions_;
    return ok;
  }

  /// Those from which beginnings are completed; each is written once, as far as is remembered.
  void note_words(std::string_view words) {
    while (!words.empty()) {
      const std::size_t end = std::min(words.find(' '), words.size());
      std::string word(words.substr(0, end));
      words.remove_prefix(std::min(end + 1, words.size()));
      if (may_be_completed(word) && written_words_.insert(word).second) new_words_.insert(std::move(word));
    }
  }

  Status flush_words() {
    std::vector<Values> rows;
    for (const std::string& word : new_words_) rows.push_back({word});
    new_words_.clear();
    if (written_words_.size() > kRememberedWords) written_words_.clear();
    return db_.execute_all("INSERT INTO word VALUES ($1) ON CONFLICT DO NOTHING", rows);
  }

  /// Full-text indexes want ids in order.
  Status flush() {
    const auto by_id = [](const Values& a, const Values& b) { return std::get<1>(a[0]) < std::get<1>(b[0]); };
    std::sort(added_.begin(), added_.end(), by_id);
    std::sort(words_.begin(), words_.end(), by_id);
    TRY(of_database(db_.execute_all(kEndVersion, ended_)));
    TRY(of_database(db_.execute_all(kAddVersion, added_)));
    TRY(of_database(db_.execute_all(search_sql(db_.dialect()).add, words_)));
    TRY(of_database(flush_words()));
    ended_.clear(), added_.clear(), words_.clear();
    return ok;
  }

  Database& db_;
  vault::ChunkSource& chunks_;
  std::int64_t mailbox_, before_ = 0, number_ = 0, next_ = 0;
  std::unordered_map<std::string, std::int64_t> folders_;  // by hash
  std::vector<Values> ended_, added_, words_;
  std::unordered_set<std::string> written_words_;
  std::set<std::string> new_words_;  // in the order of the table
  bool database_failed_ = false;
  std::uint64_t n_versions_ = 0;
};

struct Removed {
  std::vector<Values> words, ids;
};

Result<Removed> find_versions(Database& db, const std::string& where, const Values& values) {
  std::vector<std::pair<std::int64_t, std::string>> found;
  TRY(db.query("SELECT id, mailbox, folder, flags, subject, sender, class FROM version WHERE " + where +
                   fmt::format(" LIMIT {}", kBatch),
               values, [&](const Row& row) -> Result<bool> {
                 const Findable v{row.integer(1), row.integer(2), (row.integer(3) & kHasAttachments) != 0,
                                  row.text(4),    row.text(5),    row.text(6)};
                 found.emplace_back(row.integer(0), search_words(v));
                 return true;
               }));
  std::sort(found.begin(), found.end());
  Removed out;
  for (auto& [id, words] : found) {
    out.words.push_back({id, std::move(words)});
    out.ids.push_back({id});
  }
  return out;
}

Status remove_versions(Database& db, const std::string& where, const Values& values) {
  for (;;) {
    TRY_ASSIGN(const Removed removed, find_versions(db, where, values));
    TRY(db.execute_all(search_sql(db.dialect()).remove, removed.words));
    TRY(db.execute_all("DELETE FROM version WHERE id = $1", removed.ids));
    if (removed.ids.size() < kBatch) return ok;
  }
}

constexpr const char* kOfMailbox = "folder IN (SELECT id FROM folder WHERE mailbox = $1)";

/// The points that have them lie strictly between the neighbours of the one that goes.
Status remove_between(Database& db, std::int64_t mailbox, std::int64_t before, std::int64_t number,
                      std::int64_t after) {
  const Values values{mailbox, number, after, before};
  TRY(remove_versions(db, "mailbox = $1 AND last IS NOT NULL AND last >= $2 AND last < $3 AND first > $4",
                      values));
  return db.execute(
      fmt::format("DELETE FROM folder_state WHERE {} AND last >= $2 AND last < $3 AND first > $4",
                  kOfMailbox),
      values);
}

/// The newest point goes: what came with it goes, what it had not is there again.
Status remove_newest(Database& db, std::int64_t mailbox, std::int64_t before, std::int64_t number) {
  const std::string came = fmt::format("{} AND last IS NULL AND first > $2", kOfMailbox);
  TRY(remove_versions(db, came, {mailbox, before}));
  TRY(db.execute("DELETE FROM folder_state WHERE " + came, {mailbox, before}));
  const Values values{mailbox, before, number};
  TRY(db.execute("UPDATE version SET last = NULL WHERE mailbox = $1 AND last >= $2 AND last < $3", values));
  return db.execute(
      fmt::format("UPDATE folder_state SET last = NULL WHERE {} AND last >= $2 AND last < $3", kOfMailbox),
      values);
}

}  // namespace

std::int64_t version_id(std::int64_t seconds, std::int64_t number) { return seconds << kNumberBits | number; }

std::int64_t id_seconds(FileTime t) {
  return std::min(column_number(t.ticks / kTicksPerSecond), kMaxSeconds);
}

std::int64_t column_number(std::uint64_t n) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(n, static_cast<std::uint64_t>(kMax)));
}

Status AddPoint::run(const archive::MailPoint& point) {
  const std::int64_t number = number_of(point.point.number);
  damaged = added = false;
  versions = 0;
  TRY_ASSIGN(const std::int64_t mailbox, mailbox_id(db, point.mailbox));
  TRY_ASSIGN(const std::int64_t newest,
             ask(db, "SELECT max(number) FROM point WHERE mailbox = $1", {mailbox}));
  if (newest >= number) return ok;
  std::unique_ptr<archive::RestorePoint> base;
  TRY_ASSIGN(const std::int64_t before,
             ask(db, "SELECT max(number) FROM point WHERE mailbox = $1 AND problem IS NULL", {mailbox}));
  const vault::LogNumber before_number{static_cast<std::uint64_t>(before)};
  if (before != 0) {
    const auto known = wanted.find(before_number);
    if (known == wanted.end()) return ok;  // somebody has seen more of the log than we have
    auto opened_base = archive::RestorePoint::open(chunks, known->second.point.root);
    damaged = !opened_base;
    TRY_ASSIGN(base, std::move(opened_base));
  }
  const auto opened = archive::RestorePoint::open(chunks, point.point.root);
  damaged = !opened || !(*opened)->lost_folders().empty();
  if (!opened) return opened.error();
  if (damaged) return Error{Code::kCorrupt, (*opened)->lost_folders().front()};
  TRY(add_point_row(db, mailbox, point, (*opened)->record(), {}));
  PointWriter writer(db, chunks, mailbox);
  const Status done = writer.run(base.get(), before_number, **opened, point.point.number);
  damaged = !done && !writer.database_failed();
  versions = writer.n_versions();
  added = static_cast<bool>(done);
  return done;
}

Status add_damaged_point(Database& db, const archive::MailPoint& point, const std::string& problem) {
  TRY_ASSIGN(const std::int64_t mailbox, mailbox_id(db, point.mailbox));
  TRY_ASSIGN(const std::int64_t there,
             ask(db, "SELECT number FROM point WHERE number = $1", {number_of(point.point.number)}));
  if (there != 0) return ok;
  archive::PointRecord record;
  record.kind = point.name.ends_with("-full") ? archive::PointKind::kFull : archive::PointKind::kIncremental;
  record.started = record.finished = point.point.time;
  return add_point_row(db, mailbox, point, record, xml_characters(problem));
}

Status remove_point(Database& db, std::int64_t mailbox, vault::LogNumber point) {
  const std::int64_t number = number_of(point);
  const Values values{mailbox, number};
  TRY_ASSIGN(
      const std::int64_t readable,
      ask(db, "SELECT count(*) FROM point WHERE mailbox = $1 AND number = $2 AND problem IS NULL", values));
  TRY(db.execute("DELETE FROM point WHERE mailbox = $1 AND number = $2", values));
  if (readable != 0) {
    TRY_ASSIGN(const std::int64_t before,
               ask(db, "SELECT max(number) FROM point WHERE mailbox = $1 AND number < $2 AND problem IS NULL",
                   values));
    TRY_ASSIGN(const std::int64_t after,
               ask(db, "SELECT min(number) FROM point WHERE mailbox = $1 AND number > $2 AND problem IS NULL",
                   values));
    TRY(after != 0 ? remove_between(db, mailbox, before, number, after)
                   : remove_newest(db, mailbox, before, number));
  }
  TRY(
      db.execute("DELETE FROM folder WHERE mailbox = $1 AND NOT EXISTS (SELECT 1 FROM folder_state s WHERE "
                 "s.folder = folder.id)",
                 {mailbox}));
  return db.execute(
      "DELETE FROM mailbox WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM point WHERE mailbox = $1)", {mailbox});
}

}  // namespace mk::catalog
