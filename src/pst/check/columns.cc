#include "pst/check/columns.h"

namespace mk::pst::check {
namespace {

using Tags = std::span<const std::uint32_t>;

constexpr std::uint32_t kHierarchy[] = {0x67F20003, 0x67F30003, 0x3001001F, 0x36020003, 0x36030003,
                                        0x360A000B, 0x0E300102, 0x0E330014, 0x0E340102, 0x0E380003,
                                        0x3613001F, 0x66350003, 0x66360003};
constexpr std::uint32_t kContents[] = {0x67F20003, 0x67F30003, 0x0E170003, 0x001A001F, 0x0E070003, 0x00170003,
                                       0x0042001F, 0x0037001F, 0x0E060040, 0x00390040, 0x0E080003, 0x0E04001F,
                                       0x0E03001F, 0x0057000B, 0x0058000B, 0x00360003, 0x10970003, 0x0070001F,
                                       0x00710102, 0x65C60003, 0x30080040, 0x0E300102, 0x0E330014, 0x0E340102,
                                       0x0E3D0102, 0x0E3C0102, 0x0E380003};
constexpr std::uint32_t kAssociated[] = {0x67F20003, 0x67F30003, 0x0E170003, 0x001A001F, 0x0E070003,
                                         0x3001001F, 0x70030003, 0x70040102, 0x70050102, 0x7006001F,
                                         0x70070003, 0x6800001F, 0x6803000B, 0x68051003, 0x682F001F};
constexpr std::uint32_t kSearch[] = {0x67F20003, 0x67F30003, 0x67F10003, 0x0E05001F, 0x0E170003,
                                     0x001A001F, 0x0E070003, 0x00170003, 0x0042001F, 0x0037001F,
                                     0x0E060040, 0x0E080003, 0x0E04001F, 0x0E03001F, 0x0057000B,
                                     0x0058000B, 0x00360003, 0x0E2A000B, 0x30080040};
constexpr std::uint32_t kReceive[] = {0x67F20003, 0x67F30003, 0x66050003, 0x001A001F};
constexpr std::uint32_t kOutgoing[] = {0x67F20003, 0x67F30003, 0x0E140003, 0x0E100003, 0x00390040};
constexpr std::uint32_t kAttachments[] = {0x67F20003, 0x67F30003, 0x370B0003,
                                          0x0E200003, 0x37050003, 0x3704001F};
constexpr std::uint32_t kRecipients[] = {0x67F20003, 0x67F30003, 0x0E0F000B, 0x3002001F, 0x3003001F,
                                         0x0FFF0102, 0x3001001F, 0x0C150003, 0x300B0102, 0x0FF90102,
                                         0x0FFE0003, 0x39000003, 0x3A40000B, 0x39FF001F};
constexpr std::uint32_t kHistory[] = {0x67F20003, 0x67F30003, 0x0E330014, 0x0E370102, 0x0E380003};
constexpr std::uint32_t kChangedItems[] = {0x67F20003, 0x67F30003, 0x0E3E0102, 0x0E310102, 0x0E300102,
                                           0x0E380003, 0x0E340102, 0x0E330014, 0x001A001F};
constexpr std::uint32_t kChangedFolders[] = {0x67F20003, 0x67F30003, 0x30070040, 0x0E330014};

Tags columns_of(NidType type) {
  switch (static_cast<unsigned>(type)) {
    case 0x0B:
      return kReceive;
    case 0x0C:
      return kOutgoing;
    case 0x0D:
      return kHierarchy;
    case 0x0E:
      return kContents;
    case 0x0F:
      return kAssociated;
    case 0x10:
      return kSearch;
    case 0x11:
      return kAttachments;
    case 0x12:
      return kRecipients;
    case 0x16:
      return kHistory;
    case 0x17:
      return kChangedItems;
    case 0x18:
      return kChangedFolders;
    default:
      return {};
  }
}

}  // namespace

std::uint32_t own_tag(std::uint32_t tag, const Medium& m) {
  const bool is_text = (tag & 0xEFFF) == 0x1F;
  return m.ansi() && is_text ? tag - 1 : tag;
}

std::vector<std::uint32_t> required_columns(NidType type, const Medium& m) {
  std::vector<std::uint32_t> out;
  for (const auto tag : columns_of(type)) out.push_back(own_tag(tag, m));
  return out;
}

void check_columns(const Table& table, NidType type, RuleId rule, const Medium& m, Findings& out,
                   const Where& where) {
  for (const auto tag : required_columns(type, m))
    out.expect(table.column(tag) != nullptr, rule, {&where, "column", tag, ""}, "there with this type",
               "missing");
}

/// PidTagConversationId, which contents tables have since Outlook 2010, may lie between the others.
void check_template_order(const Table& table, NidType type, const Medium& m, Findings& out,
                          const Where& where) {
  constexpr std::uint32_t kConversationId = 0x30130102;
  std::size_t bit = 0;
  const disk::TColDesc* extra = table.column(kConversationId);
  for (const auto tag : required_columns(type, m)) {
    if (extra != nullptr && extra->iBit == bit) ++bit;
    if (const disk::TColDesc* c = table.column(tag))
      out.equal("template.layout", {&where, "column", tag, "iBit"}, c->iBit, bit);
    ++bit;
  }
}

void check_values(Table& table, Bytes row, const Where& where) {
  for (const auto& c : table.columns())
    if (table.is_set(c, row)) static_cast<void>(table.cell(c, row, {&where, "column", c.tag, ""}));
}

void check_cells(Blocks& blocks, Table& table, Bytes row, const Properties& pc, const CellRules& rules,
                 Findings& out, const Where& where) {
  for (const auto& c : table.columns()) {
    const auto id = static_cast<std::uint16_t>(c.tag >> 16), type = static_cast<std::uint16_t>(c.tag);
    const Where cell_at{&where, "column", c.tag, ""};
    if (std::find(rules.row_only.begin(), rules.row_only.end(), id) != rules.row_only.end()) {
      if (table.is_set(c, row)) static_cast<void>(table.cell(c, row, cell_at));
      continue;
    }
    const Value* property = pc.find(id, type);
    if (!table.is_set(c, row)) {
      constexpr std::uint64_t kMaxCell = std::uint64_t{1} << 20;
      if (rules.all_present && property != nullptr && property->size > 0 && property->size <= kMaxCell)
        out.add(rules.missing, cell_at, shown(as_bytes(property->bytes)), "no cell");
      continue;
    }
    const Value cell = table.cell(c, row, cell_at);
    if (property == nullptr)
      out.add(rules.differs, cell_at, "no cell, as the object has no such property",
              shown(as_bytes(cell.bytes)));
    else if (!same_value(blocks, cell, *property))
      out.add(rules.differs, cell_at, shown(as_bytes(property->bytes)), shown(as_bytes(cell.bytes)));
  }
}

}  // namespace mk::pst::check
