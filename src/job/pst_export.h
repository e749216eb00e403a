#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "pst/reader.h"

namespace mk::job {

/// Makes `directory`. Errors: kInvalid  it is there and not an empty directory
Status make_empty_directory(const std::filesystem::path& directory);

struct ExportOptions {
  std::vector<std::string> folders;  // as `pst ls --json` writes their paths, with all below; empty: all
  bool associated = false;           // hidden items too
  /// Is told of every item, or whole folder list, that could not be written. `item` has no value for a list.
  std::function<void(const std::string& folder, pst::Nid item, const Error&)> on_skipped;
  /// Is told of every item of which a part could not be written, and which.
  std::function<void(const std::string& folder, pst::Nid item, const std::string& note)> on_incomplete;
};

struct ExportReport {
  std::uint64_t folders = 0, items = 0, skipped = 0;
  std::uint64_t incomplete = 0;  // of the items
};

/// Writes the items of a PST into files that other programs read: one directory for each folder, one file for
/// each item (mime::form_of says in which form), and `export.jsonl`, which lists them all.
///
/// Shape:  file names are made of the subject and the item's node id, so that they are unique and stay the
/// same,
///         whatever else is exported; docs/guides/pst.md describes them and the lines of export.jsonl
/// Errors: kInvalid    `directory` is there and not empty; no folder of a name in options.folders
///         kExhausted, kDenied, kInternal  of the directory: what was written stays.
///         A damaged item or folder list is skipped and reported
/// Bounds: memory independent of the number of items, but 8 bytes for each item of one folder
Result<ExportReport> export_pst(const pst::PstFile& from, const std::filesystem::path& directory,
                                const ExportOptions& options = {});

}  // namespace mk::job
