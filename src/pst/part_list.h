#pragma once
#include "pst/part_writer.h"

namespace mk::pst {

/// NAME.parts.json, which lists the parts of NAME.pst: their names, sizes, SHA-256, items and dates.
std::filesystem::path part_list_path(const std::filesystem::path& pst);

/// Writes the list of parts that are published, in one step; it is there only when all of them are.
///
/// Shape:  docs/formats/pst-parts.md
/// Errors: those of reading the parts and of writing the list
Status write_part_list(const std::filesystem::path& pst, std::string_view by, std::uint64_t max_bytes,
                       const std::vector<Part>& parts);

}  // namespace mk::pst
