#pragma once
#include <vector>

#include "pst/disk/table.h"
#include "pst/write/heap_builder.h"
#include "pst/write/property_context.h"

namespace mk::pst::write {

/// Where the cells of a table's rows lie.
///
/// Spec: [MS-PST] 2.3.4.1, 2.3.4.4. Cells of 4 and 8 bytes come first, then those of 2, of 1, and the
/// existence
///       bits; in each group, and in the bits, columns stand in the order in which they were added.
class TableLayout {
 public:
  /// `tags` in the order of their bits, beginning with 67F20003 and 67F30003.
  explicit TableLayout(std::span<const std::uint32_t> tags);
  /// Sorted by tag.
  const std::vector<disk::TColDesc>& columns() const { return columns_; }
  const disk::TColDesc* find(std::uint32_t tag) const;
  const std::array<std::uint16_t, 4>& ends() const { return ends_; }
  std::size_t row_bytes() const { return ends_[disk::kTciBm]; }

 private:
  std::vector<disk::TColDesc> columns_;
  std::array<std::uint16_t, 4> ends_{};
};

/// Builds a table context row by row; nothing but one block of rows and the heap's last blocks stays in
/// memory.
///
/// Spec:   [MS-PST] 2.3.4
/// Errors: kUnsupported  more cells than a heap holds (about 500 MB)
class TableBuilder {
 public:
  TableBuilder(BlockSink& file, const TableLayout& layout, SubnodeIds& ids);

  /// Rows come in ascending order of their ids.
  Status begin_row(std::uint32_t id, std::uint32_t version);
  /// A value in stored form, of exactly the column's type.
  Status set(const disk::TColDesc& column, Bytes stored);
  Status set_integer(std::uint32_t tag, std::uint32_t value);
  Status end_row();
  /// Ends the table; `bytes` of the node includes its subnodes.
  Result<NodeRef> finish();

 private:
  Status begin();
  Result<std::uint32_t> place(Bytes stored);
  Status write_rows();

  BlockSink& file_;
  const TableLayout& layout_;
  SubnodeIds& ids_;
  HeapBuilder heap_;
  BthBuilder row_index_;
  DataTreeBuilder rows_;
  SubnodeBuilder subnodes_;
  ByteString row_, block_;  // the open row, the open block of rows
  std::uint32_t n_rows_ = 0;
  bool rows_in_subnode_ = false, begun_ = false;
  disk::Hid info_at_;
  disk::TcInfo info_;
};

}  // namespace mk::pst::write
