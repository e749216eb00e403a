#pragma once
#include "pst/check/heap.h"
#include "pst/disk/table.h"

namespace mk::pst::check {

/// Where a value lies and how long it is.
struct Value {
  std::uint16_t type = 0;
  ByteString bytes;          // of what lies inline or in the heap
  Bid data;                  // of what lies in a subnode
  std::uint64_t size = 0;    // 0 for what is not there
  disk::ObjectValue object;  // of a PtypObject
};

/// Bytes of a type that has a fixed size as it is stored (Boolean 1), else 0.
std::size_t stored_size(std::uint16_t type);

/// A node whose data is a heap: what property contexts and tables have in common.
class Context {
 public:
  Context(Blocks& blocks, Heap heap, Subnodes subnodes, Findings& out)
      : blocks_(&blocks), out_(&out), heap_(std::move(heap)), subnodes_(std::move(subnodes)) {}
  const Subnodes& subnodes() const { return subnodes_; }
  /// Looks a value up and checks it.  [MS-PST] 2.3.3.3
  Value value(std::uint16_t type, std::uint32_t hnid, const Where& where);

 protected:
  void check_array(const Value& v, const Where& where);
  void check_text(const Value& v, const Where& where);
  void check_object(Value& v, const Where& where);
  Blocks* blocks_;
  Findings* out_;
  Heap heap_;
  Subnodes subnodes_;
};

class Properties : public Context {
 public:
  static Result<std::optional<Properties>> read(Blocks& blocks, Bid data, Bid sub, Findings& out,
                                                const Where& where);
  const Value* find(std::uint16_t id) const;
  /// By id and type; of text the file's own kind.
  const Value* find(std::uint16_t id, std::uint16_t type) const;
  std::uint32_t integer(std::uint16_t id, std::uint32_t otherwise = 0) const;
  const auto& all() const { return values_; }

 private:
  using Context::Context;
  std::vector<std::pair<std::uint16_t, Value>> values_;
};

class Table : public Context {
 public:
  static std::optional<Table> open(Blocks& blocks, Bid data, Bid sub, Findings& out, const Where& where);
  using Row = std::function<Status(std::uint32_t id, Bytes row, const Where& where)>;
  /// Visits the rows by their ids, and checks index and matrix.
  Status visit(const Row& visit, const Where& where);
  std::uint64_t n_rows() const { return n_rows_; }
  const std::vector<disk::TColDesc>& columns() const { return columns_; }
  /// Null when there is none with this tag.
  const disk::TColDesc* column(std::uint32_t tag) const;
  bool is_set(const disk::TColDesc& column, Bytes row) const;
  /// The cell of a column that is set.
  Value cell(const disk::TColDesc& column, Bytes row, const Where& where);
  std::optional<std::uint32_t> integer(std::uint32_t tag, Bytes row) const;

 private:
  using Context::Context;
  bool read_columns(const Where& where);
  void check_layout(const Where& where);
  void check_regions(const Where& where);
  void check_column(const disk::TColDesc& c, const Where& where);
  void open_rows(const Where& where);
  std::optional<ByteString> row(std::uint32_t index);
  disk::TcInfo info_;
  std::vector<disk::TColDesc> columns_;
  std::optional<Data> matrix_;
  std::uint64_t n_rows_ = 0;
};

/// True when both have the same bytes, wherever they lie.
bool same_value(Blocks& blocks, const Value& a, const Value& b);

}  // namespace mk::pst::check
