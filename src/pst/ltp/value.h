#pragma once
#include "model/property.h"
#include "pst/ltp/budget.h"
#include "pst/ltp/heap.h"
#include "pst/ndb/subnodes.h"

namespace mk::pst::ltp {

/// Turns what a property record or a table cell holds into a value.
///
/// Spec:    [MS-PST] 2.3.3.3 - 2.3.3.5
/// Shape:   up to four bytes lie in the cell, larger values in the heap or in a subnode; subnode values above
///          model::kMaxInlineValueBytes become blobs. Strings lose the NUL at their end that third-party
///          writers store, so that they are what model::Value says
/// Errors:  kCorrupt  an HNID that leads nowhere, a size that does not fit the type; those of Heap and
/// DataTree Threads: one at a time      Owns: nothing; heap, subnodes and budget must outlive it. With
/// `losses`, damaged parts of subnode
///          values become zeros, which it says
class ValueReader {
 public:
  ValueReader(std::shared_ptr<const ndb::Database> db, Heap& heap, const ndb::Subnodes& subnodes,
              Budget& budget, ndb::Losses* losses = nullptr)
      : db_(std::move(db)), heap_(heap), subnodes_(subnodes), budget_(budget), losses_(losses) {}

  Result<model::Value> read(model::PropTag tag, std::uint32_t cell);
  /// The subnode that a PtypObject value names.
  Result<ndb::Node> object(std::uint32_t hid);

 private:
  Result<model::Value> small(model::PropTag tag, std::uint32_t cell);
  /// `nul_bytes`: of a terminator that goes when it is there; 0 for what is no string.
  Result<model::Value> variable(std::uint32_t hnid, std::size_t nul_bytes);
  Result<model::Value> subnode_value(const ndb::Node& node, std::size_t nul_bytes);
  Result<ndb::DataTree> data_of(const ndb::Node& node, ndb::DataTree::Holes& holes);
  Result<model::Value> subnode_blob(const ndb::Node& node, std::uint64_t size, std::size_t nul_bytes);
  Result<model::Value> multiple(model::PropTag tag, std::uint32_t hnid);
  Result<ByteString> load(std::uint32_t hnid);
  Result<ndb::Node> subnode(Nid nid);

  std::shared_ptr<const ndb::Database> db_;
  Heap& heap_;
  const ndb::Subnodes& subnodes_;
  Budget& budget_;
  ndb::Losses* losses_;
};

/// Bytes of a value of this type as a property record or a table cell has it: 1, 2, 4 or 8; 0 when they are
/// elsewhere.
std::size_t cell_bytes(model::PropType type);

}  // namespace mk::pst::ltp
