#pragma once
#include <map>
#include <mutex>
#include <optional>

#include "pst/code_page.h"
#include "pst/name_map.h"
#include "pst/reader.h"

namespace mk::pst {

/// Reads folders and their tables; where a table is damaged it takes the nodes' own word for who is whose
/// child.
///
/// Spec:    [MS-PST] 2.4.4
/// Errors:  those of PstFile
/// Bounds:  8 bytes for each node of the file once a table is damaged
/// Threads: any      Owns: nothing; all but the database must outlive it
class FolderReader {
 public:
  /// `salvage`: children and items that a table does not list are those that name the folder as their parent.
  FolderReader(std::shared_ptr<const ndb::Database> db, const NameMap& names, const StoreCodePage& code_page,
               bool salvage)
      : db_(std::move(db)), names_(names), code_page_(code_page), salvage_(salvage) {}

  Result<std::vector<FolderEntry>> below(Nid root) const;
  FolderEntry entry(Nid nid, Nid parent) const;
  Result<std::vector<Nid>> items(Nid folder, bool associated) const;
  Status visit_rows(Nid folder, bool associated, const PstFile::RowVisitor& visitor) const;
  std::vector<std::string> warnings() const;

 private:
  Status visit_rows(Nid folder, NidType table, const PstFile::RowVisitor& visitor) const;
  std::vector<Nid> children(Nid folder) const;
  std::vector<Nid> listed(Nid folder, NidType table, NidType wanted) const;
  Result<std::vector<Nid>> row_ids(Nid table) const;
  std::vector<Nid> nodes_below(Nid parent, NidType type) const;
  void warn(Nid folder, const Error& error) const;

  std::shared_ptr<const ndb::Database> db_;
  const NameMap& names_;
  const StoreCodePage& code_page_;
  bool salvage_;
  mutable std::mutex mutex_;
  mutable std::optional<std::vector<std::pair<Nid, Nid>>> by_parent_;  // parent and child, sorted
  mutable std::map<std::string, int> warnings_;
};

}  // namespace mk::pst
