#pragma once
#include <optional>

#include "archive/records.h"
#include "catalog/database.h"
#include "vault/ids.h"

namespace mk::catalog {

/// Questions to a catalog, as it is: who wants the newest state updates it before.
///
/// Errors of all: those of the database; kCorrupt  the point that is asked about cannot be read; kNotFound
/// Bounds:  `limit` rows
/// Threads: as the database

/// A restore point.
struct PointRow {
  vault::LogNumber number;
  std::string mailbox, name;
  archive::PointKind kind = archive::PointKind::kFull;
  FileTime started, finished;
  std::uint64_t items = 0;
  std::string problem;  // not empty: why it cannot be read
};
/// By mailbox (empty: all of them) and number.
Result<std::vector<PointRow>> points(Database& db, const std::string& mailbox);
/// Nothing: there is no such point.
Result<std::optional<PointRow>> find_point(Database& db, vault::LogNumber number);

/// A folder of a restore point, parents first.
struct FolderRow {
  std::int64_t id = 0;
  model::Folder folder;  // ids, name, class
  model::FolderCounts held;
  bool selected = false;
};
Result<std::vector<FolderRow>> folders(Database& db, vault::LogNumber point);

/// An item as some points have it.
struct VersionRow {
  std::int64_t id = 0;
  std::string mailbox, folder;  // the folder's name
  model::FolderId folder_id;
  model::ItemHead head;
  model::ItemLabel label;
  std::uint64_t bytes = 0;
  vault::ObjectRef object;
  vault::LogNumber first, last;  // the points that have it, from ... to; last is 0 while the newest has it
};

enum class Order { kDate, kSubject, kSender, kSize };
struct PageQuery {
  vault::LogNumber point;
  std::int64_t folder = 0;
  Order order = Order::kDate;
  bool descending = true;
  model::ItemId after;  // begin behind it; empty: at the beginning
  std::size_t limit = 100;
};
/// Items of a folder, sorted; the cost is that of the page, wherever it is.
/// Errors: kNotFound  the point does not have `after` in this folder
Result<std::vector<VersionRow>> page(Database& db, const PageQuery& query);

struct SearchQuery {
  std::string words, subject, sender;  // all words must be there; one that ends in * may go on
  std::string mailbox, folder;         // the folder's name, in any case; empty: all
  std::string item_class;              // or one that begins so
  bool with_attachments = false;
  FileTime since, until;    // received; to the second, `until` not included; 0 ticks: no limit
  FileTime at;              // only what the newest points begun at or before it have; 0 ticks: any point
  std::int64_t before = 0;  // begin behind the version with this id; 0: with the newest
  std::size_t limit = 100;
};
/// Versions of items of all mailboxes and points, the newest first.
/// Errors: kInvalid  more than 1,000 folders have the name
Result<std::vector<VersionRow>> search(Database& db, const SearchQuery& query);

/// What a mailbox had at this point or later and its newest point has nowhere, as it was last; the newest
/// first. An item that was moved is not among them.
struct DeletedQuery {
  std::string mailbox;
  vault::LogNumber since;
  std::int64_t before = 0;
  std::size_t limit = 100;
};
Result<std::vector<VersionRow>> deleted(Database& db, const DeletedQuery& query);

/// All versions of an item, in the order of points; with those that it had before and after a move, when its
/// content was the same.
Result<std::vector<VersionRow>> versions_of(Database& db, const std::string& mailbox,
                                            const model::ItemId& item);

}  // namespace mk::catalog
