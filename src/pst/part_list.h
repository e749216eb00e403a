#pragma once
#include "pst/part_writer.h"

namespace mk::pst {

/// NAME.parts.json, which lists the parts of NAME.pst: their names, sizes, SHA-256, items and dates. It is
/// there before the first of several parts has its name, so that none of them is ever taken for the whole:
/// a listed part that is not there under its name, or has another SHA-256, is still called NAME.pst.partial.
std::filesystem::path part_list_path(const std::filesystem::path& pst);

/// Writes the list of parts that are sealed and not published yet, in one step.
///
/// Shape:  docs/formats/pst-parts.md
/// Errors: those of reading the parts and of writing the list
Status write_part_list(const std::filesystem::path& pst, std::string_view by, std::uint64_t max_bytes,
                       const std::vector<Part>& parts);

/// Files beside `pst` that its list names and that are not among `parts`: what an earlier run with more parts
/// left.
std::vector<std::filesystem::path> earlier_parts(const std::filesystem::path& pst,
                                                 const std::vector<Part>& parts);

}  // namespace mk::pst
