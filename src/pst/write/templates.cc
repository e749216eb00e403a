#include "pst/write/templates.h"

namespace mk::pst::write {
namespace {

constexpr std::uint32_t kHierarchy[] = {0x67F20003, 0x67F30003, 0x3001001F, 0x36020003, 0x36030003,
                                        0x360A000B, 0x0E300102, 0x0E330014, 0x0E340102, 0x0E380003,
                                        0x3613001F, 0x66350003, 0x66360003};
constexpr std::uint32_t kContents[] = {0x67F20003, 0x67F30003, 0x0E170003, 0x001A001F, 0x0E070003, 0x00170003,
                                       0x0042001F, 0x0037001F, 0x0E060040, 0x00390040, 0x0E080003, 0x0E04001F,
                                       0x0E03001F, 0x0057000B, 0x0058000B, 0x00360003, 0x10970003, 0x0070001F,
                                       0x00710102, 0x30130102, 0x65C60003, 0x30080040, 0x0E300102, 0x0E330014,
                                       0x0E340102, 0x0E3D0102, 0x0E3C0102, 0x0E380003};
constexpr std::uint32_t kAssociated[] = {0x67F20003, 0x67F30003, 0x0E170003, 0x001A001F, 0x0E070003,
                                         0x3001001F, 0x70030003, 0x70040102, 0x70050102, 0x7006001F,
                                         0x70070003, 0x6800001F, 0x6803000B, 0x68051003, 0x682F001F};
constexpr std::uint32_t kSearchContents[] = {0x67F20003, 0x67F30003, 0x67F10003, 0x0E05001F, 0x0E170003,
                                             0x001A001F, 0x0E070003, 0x00170003, 0x0042001F, 0x0037001F,
                                             0x0E060040, 0x0E080003, 0x0E04001F, 0x0E03001F, 0x0057000B,
                                             0x0058000B, 0x00360003, 0x0E2A000B, 0x30080040};
constexpr std::uint32_t kReceiveFolders[] = {0x67F20003, 0x67F30003, 0x66050003, 0x001A001F};
constexpr std::uint32_t kOutgoingQueue[] = {0x67F20003, 0x67F30003, 0x0E140003, 0x0E100003, 0x00390040};
constexpr std::uint32_t kAttachments[] = {0x67F20003, 0x67F30003, 0x370B0003,
                                          0x0E200003, 0x37050003, 0x3704001F};
constexpr std::uint32_t kRecipients[] = {0x67F20003, 0x67F30003, 0x0E0F000B, 0x3002001F, 0x3003001F,
                                         0x0FFF0102, 0x3001001F, 0x0C150003, 0x300B0102, 0x0FF90102,
                                         0x0FFE0003, 0x39000003, 0x3A40000B, 0x39FF001F};
constexpr std::uint32_t kChangeHistory[] = {0x67F20003, 0x67F30003, 0x0E330014, 0x0E370102, 0x0E380003};
constexpr std::uint32_t kChangedItems[] = {0x67F20003, 0x67F30003, 0x0E3E0102, 0x0E310102, 0x0E300102,
                                           0x0E380003, 0x0E340102, 0x0E330014, 0x001A001F};
constexpr std::uint32_t kChangedFolders[] = {0x67F20003, 0x67F30003, 0x30070040, 0x0E330014};

constexpr std::uint32_t kMaxSharers = 65000, kRenewAbove = 32000;

struct Template {
  std::uint32_t nid;
  std::span<const std::uint32_t> columns;
};
/// In the order of TableKind.
constexpr std::array<Template, kTableKinds> kTemplates = {{{0x60D, kHierarchy},
                                                           {0x60E, kContents},
                                                           {0x60F, kAssociated},
                                                           {0x610, kSearchContents},
                                                           {0x62B, kReceiveFolders},
                                                           {0x64C, kOutgoingQueue},
                                                           {0x671, kAttachments},
                                                           {0x692, kRecipients},
                                                           {0x6B6, kChangeHistory},
                                                           {0x6D7, kChangedItems},
                                                           {0x6F8, kChangedFolders}}};

const Template& template_of(TableKind kind) { return kTemplates[static_cast<std::size_t>(kind)]; }

/// Builds a table without rows; it always is one block.
Result<NodeRef> build_empty(BlockFile& file, TableKind kind, std::array<std::uint32_t, 32>& last_index) {
  SubnodeIds ids(last_index);
  TableBuilder table(file, template_layout(kind), ids);
  return table.finish();
}

}  // namespace

std::span<const std::uint32_t> template_columns(TableKind kind) { return template_of(kind).columns; }
Nid template_nid(TableKind kind) { return Nid(template_of(kind).nid); }

const TableLayout& template_layout(TableKind kind) {
  static const std::vector<TableLayout> layouts = [] {
    std::vector<TableLayout> all;
    for (const auto& t : kTemplates) all.emplace_back(t.columns);
    return all;
  }();
  return layouts[static_cast<std::size_t>(kind)];
}

Result<EmptyTables> EmptyTables::create(BlockFile& file, std::array<std::uint32_t, 32>& last_index) {
  EmptyTables tables(last_index);
  for (std::size_t i = 0; i < kTableKinds; ++i) {
    if (static_cast<TableKind>(i) == TableKind::kReceiveFolders)
      continue;  // the only one that is never empty
    TRY_ASSIGN(tables.copies_[i].node, build_empty(file, static_cast<TableKind>(i), last_index));
  }
  return tables;
}

Result<NodeRef> EmptyTables::share(BlockFile& file, TableKind kind) {
  Copy& copy = copies_[static_cast<std::size_t>(kind)];
  if (copy.references >= kMaxSharers) return build_empty(file, kind, *last_index_);
  ++copy.references;
  return copy.node;
}

Status EmptyTables::renew(BlockFile& file) {
  for (std::size_t i = 0; i < kTableKinds; ++i) {
    Copy& copy = copies_[i];
    if (copy.references < kRenewAbove) continue;
    file.set_references(copy.node.data, copy.references);
    TRY_ASSIGN(copy.node, build_empty(file, static_cast<TableKind>(i), *last_index_));
    copy.references = 0;
  }
  return ok;
}

void EmptyTables::publish(BlockFile& file) const {
  for (const Copy& copy : copies_)
    if (!copy.node.data.is_null()) file.set_references(copy.node.data, copy.references);
}

EmptyTables::Counts EmptyTables::counts() const {
  Counts counts{};
  for (std::size_t i = 0; i < kTableKinds; ++i) counts[i] = copies_[i].references;
  return counts;
}
void EmptyTables::restore(const Counts& counts) {
  for (std::size_t i = 0; i < kTableKinds; ++i) copies_[i].references = counts[i];
}

}  // namespace mk::pst::write
