#pragma once
#include <span>

#include "pst/check/context.h"

namespace mk::pst::check {

/// The columns that a table of this type has in every file, in the order of their bits in Outlook's empty
/// store; text with the type that the file has it in.
std::vector<std::uint32_t> required_columns(NidType type, const Medium& medium);
/// A tag with the kind of text that the file has: ANSI files have no PtypString.
std::uint32_t own_tag(std::uint32_t tag, const Medium& medium);
void check_columns(const Table& table, NidType type, RuleId rule, const Medium& medium, Findings& out,
                   const Where& where);
/// Whether the columns have the bits that Outlook's own template gives them.
void check_template_order(const Table& table, NidType type, const Medium& medium, Findings& out,
                          const Where& where);
/// Looks at all cells of a row for themselves.
void check_values(Table& table, Bytes row, const Where& where);

/// How a row is compared with the object that it is of.
struct CellRules {
  RuleId differs, missing;
  std::span<const std::uint16_t> row_only;  // cells that are no property
  bool all_present = true;                  // every property with a column has a cell
};
void check_cells(Blocks& blocks, Table& table, Bytes row, const Properties& pc, const CellRules& rules,
                 Findings& out, const Where& where);

}  // namespace mk::pst::check
