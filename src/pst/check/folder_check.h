#pragma once
#include "pst/check/message_check.h"
#include "pst/check/search_check.h"

namespace mk::pst::check {

/// A node below a folder, or the folder itself; sorted by folder, then kind, then id.
struct Child {
  enum Kind : std::uint32_t { kSelf, kFolder, kMessage, kAssociated };
  std::uint32_t owner = 0, kind = kSelf, nid = 0;
  auto operator<=>(const Child&) const = default;
};
struct RowVersion {
  std::uint32_t version = 0, table = 0;
  auto operator<=>(const RowVersion&) const = default;
};

/// Checks folders: their properties and tables, their rows against the objects, and so all messages.
///
/// Spec:   [MS-PST] 2.4.4
/// Errors: those of the sorters and the storage
class FolderCheck {
 public:
  using Progress = std::function<Status(std::uint64_t items)>;
  FolderCheck(Blocks& blocks, Findings& out, Sorter<RowVersion>& versions, bool id_map_is_empty)
      : blocks_(blocks),
        m_(blocks.medium()),
        out_(out),
        versions_(versions),
        id_map_is_empty_(id_map_is_empty) {}
  Status run(Sorter<Child>& children, const Names& names, const Progress& progress);

 private:
  struct Counts {
    std::uint64_t folders = 0, messages = 0, unread = 0;
  };
  Status folder(Nid nid);
  /// One of the tables of a folder, whose rows are of its children of a kind.
  struct Rows {
    Nid folder, table;
    Child::Kind kind;
    Counts& counts;
  };
  Status rows(const Rows& rows, const Where& folder_at);
  Status row(const Rows& rows, Table& table, std::uint32_t id, Bytes row, const Where& where);
  Status skip_to(const Rows& rows, std::uint64_t id);
  Status object(const Rows& rows, Table& table, Nid nid, Bytes row, const Where& where);
  Status orphan(Nid nid, Child::Kind kind, const Where& where, Counts& counts);
  void check_row_only(Table& table, Bytes row, const Where& where);
  void check_flags(const Properties& message, Child::Kind kind, Nid nid, Counts& counts);
  static void count(const Rows& rows) {
    if (rows.kind == Child::kFolder) ++rows.counts.folders;
    if (rows.kind == Child::kMessage) ++rows.counts.messages;
  }
  Status advance();
  bool at(const Rows& rows) const {
    return next_ && next_->owner == rows.folder.value && next_->kind == rows.kind;
  }

  Blocks& blocks_;
  const Medium& m_;
  Findings& out_;
  Sorter<RowVersion>& versions_;
  bool id_map_is_empty_;
  MessageCheck* messages_ = nullptr;
  Sorter<Child>* children_ = nullptr;
  std::optional<Child> next_;
  std::uint64_t n_items_ = 0;
  const Progress* progress_ = nullptr;
};

}  // namespace mk::pst::check
