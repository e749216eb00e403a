#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "pst/write/block_file.h"
#include "pst/write/table_builder.h"

namespace mk::pst::write {

/// The tables that every store has in empty form, and after whose columns the real ones are made.
/// [MS-PST] 2.4.4.4, 2.4.4.5, 2.4.6; the columns are those of a store made by Outlook.
enum class TableKind : std::uint8_t {
  kHierarchy,
  kContents,
  kAssociated,
  kSearchContents,
  kReceiveFolders,
  kOutgoingQueue,
  kAttachments,
  kRecipients,
  kChangeHistory,
  kChangedItems,
  kChangedFolders
};
inline constexpr std::size_t kTableKinds = 11;

/// The columns in the order of their bits.
std::span<const std::uint32_t> template_columns(TableKind kind);
const TableLayout& template_layout(TableKind kind);
Nid template_nid(TableKind kind);

/// Blocks of empty tables, shared by all nodes that have such a table, as Outlook does.
///
/// A reference count has 16 bits, so that a fresh copy is begun in time.
class EmptyTables {
 public:
  static Result<EmptyTables> create(BlockFile& file, std::array<std::uint32_t, 32>& last_index);
  /// Where indexes are counted from now on.
  void use(std::array<std::uint32_t, 32>& last_index) { last_index_ = &last_index; }
  /// What the data of an empty table takes; never changes.
  std::uint64_t bytes_of(TableKind kind) const { return copies_[static_cast<std::size_t>(kind)].node.bytes; }
  /// The empty table, with one reference more.
  Result<NodeRef> share(BlockFile& file, TableKind kind);
  /// To be called between items: replaces copies that are used a lot.
  Status renew(BlockFile& file);
  /// Tells the file how often each block is used.
  void publish(BlockFile& file) const;

  /// For undoing what a failed item did.
  using Counts = std::array<std::uint32_t, kTableKinds>;
  Counts counts() const;
  void restore(const Counts& counts);

 private:
  struct Copy {
    NodeRef node;
    std::uint32_t references = 0;
  };
  explicit EmptyTables(std::array<std::uint32_t, 32>& last_index) : last_index_(&last_index) {}

  std::array<std::uint32_t, 32>* last_index_;
  std::array<Copy, kTableKinds> copies_;
};

}  // namespace mk::pst::write
