#pragma once
#include <list>
#include <map>

#include "pst/write/fields.h"
#include "pst/write/item_writer.h"
#include "pst/write/templates.h"

namespace mk::pst::write {

/// The rows of one folder table, on their way through a spill file.
struct SpilledTable {
  struct Extent {
    std::uint64_t at, bytes;
  };
  std::vector<Extent> extents;
  ByteString pending;
  std::uint64_t n_rows = 0, n_unread = 0, heap_bytes = 0;
};

/// The entry of a node B-tree. Tables and the store's own nodes have no parent.
disk::NbtEntry node_entry(Nid nid, const NodeRef& node, Nid parent = Nid());

/// A folder while the store is being written.
struct FolderState {
  Nid nid, parent;
  Fields fields;
  SpilledTable contents, associated;
  std::vector<FolderState*> children;
};

/// Folders and the rows of their tables; the tables are written when the store is finished.
///
/// Spec:   [MS-PST] 2.4.4
/// Errors: kNotFound   no such folder
///         kUnsupported  a folder whose table is full (about 480 MB of cells)
/// Bounds: folders in memory; rows: 256 KiB, the rest in a spill file
class FolderWriter {
 public:
  static Result<FolderWriter> create(const std::filesystem::path& spill_directory);

  void add(Nid nid, Nid parent, Fields fields);
  /// Adds to or replaces the properties of a folder.
  void set(FolderState& folder, const Fields& fields);
  Result<FolderState*> find(Nid nid);
  /// Says whether a row will fit, before its item is written.
  Status check_room(const FolderState& folder, bool associated) const;
  /// A row in the form in which it waits.
  static Result<ByteString> make_row(bool associated, Nid item, const Fields& fields);
  /// Makes room for a row, so that add_row() cannot fail.
  Status make_room() { return pending_bytes_ > kPendingMax ? spill() : ok; }
  void add_row(FolderState& folder, bool associated, const ByteString& row, bool unread);
  /// The most that write() can append; row_bound(): how much more with that row.
  std::uint64_t closing_bound() const { return closing_bound_; }
  std::uint64_t row_bound(const FolderState& folder, bool associated, const ByteString& row) const;

  struct Output {
    BlockFile& file;
    EmptyTables& tables;
    std::array<std::uint32_t, 32>& last_index;
    std::uint32_t& row_version;
    std::vector<disk::NbtEntry>& nodes;
  };
  /// Writes all folders with their tables.
  Status write(Output& out);

 private:
  static constexpr std::uint64_t kPendingMax = 256 * 1024;
  explicit FolderWriter(SpillFile rows) : rows_(std::move(rows)) {}
  Status spill();
  Status write_folder(FolderState& folder, Output& out);
  Status write_search_tables(const FolderState& folder, const NodeRef& node, Output& out);
  Result<NodeRef> write_hierarchy(const FolderState& folder, Output& out);
  Result<NodeRef> write_rows(SpilledTable& table, TableKind kind, Output& out);
  Status write_spilled_rows(Bytes rows, TableBuilder& table, const TableLayout& layout, Output& out);

  std::list<FolderState> folders_;  // in the order of creation; their places stay
  std::map<Nid, FolderState*> by_nid_;
  SpillFile rows_;
  std::uint64_t pending_bytes_ = 0, closing_bound_ = 0;
};

}  // namespace mk::pst::write
