#pragma once
#include <functional>

#include "pst/write/fields.h"
#include "pst/write/table_builder.h"

namespace mk::pst::write {

/// Calls `take` for every column that is among the fields with the same type, with the value in stored form.
///
/// Empty values make no cell, except the texts that genuine files keep: subject, sender and topic. Values
/// above 1 MiB make none either; they are read from the item itself.
Status for_each_cell(const TableLayout& layout, const Fields& fields,
                     const std::function<Status(const disk::TColDesc&, Bytes)>& take);
/// Sets all these cells of the open row.
Status set_cells(TableBuilder& table, const TableLayout& layout, const Fields& fields);

}  // namespace mk::pst::write
