#pragma once
#include <vector>

#include "model/property.h"
#include "pst/disk/table.h"
#include "pst/ltp/value.h"

namespace mk::pst::ltp {

/// A table context: the rows of a hierarchy, contents, recipient or attachment table.
///
/// Spec:    [MS-PST] 2.3.4
/// Errors:  kCorrupt  header, column, row index or row damaged; names structure and field
/// Bounds:  8 bytes per row in rows(); one block of the rows otherwise
/// Threads: one at a time
class Table {
 public:
  /// With `losses` (which must outlive it) damaged cells are left out.
  static Result<Table> open(std::shared_ptr<const ndb::Database> db, const ndb::Node& node,
                            ndb::Losses* losses = nullptr);

  /// Ids and places of all rows, in order of their places.
  Result<std::vector<disk::TcRowId>> rows();
  /// The cells that exist of the row at a place, without row id and row version; names unresolved.
  Result<model::PropertyList> row(std::uint32_t index, Budget& budget);

 private:
  Table(std::shared_ptr<const ndb::Database> db, Heap heap, ndb::Subnodes subnodes, ndb::Losses* losses)
      : db_(std::move(db)), heap_(std::move(heap)), subnodes_(std::move(subnodes)), losses_(losses) {}
  Status read_header();
  Status check_column(const disk::TColDesc& column) const;
  Result<ByteString> row_bytes(std::uint32_t index);
  Result<ByteString> row_of_block(std::uint32_t index);

  std::shared_ptr<const ndb::Database> db_;
  Heap heap_;
  ndb::Subnodes subnodes_;
  ndb::Losses* losses_;
  disk::TcInfo info_;
  std::vector<disk::TColDesc> columns_;
  std::optional<ndb::DataTree> matrix_;  // when the rows are in a subnode
  ndb::Block block_;                     // of the matrix
  std::size_t block_index_ = SIZE_MAX;
};

}  // namespace mk::pst::ltp
