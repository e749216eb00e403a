#pragma once
#include <functional>

#include "pst/reader.h"
#include "pst/writer.h"

namespace mk::pst {

struct SkippedItem {
  Nid nid;             // in the original; of a folder when the folder's list could not be read
  std::string folder;  // its path, names separated by slashes
  Error error;
};

struct CopyReport {
  std::uint64_t folders = 0, items = 0, associated = 0;
  std::vector<SkippedItem> skipped;
};

struct CopyOptions {
  bool permute = true;
  std::filesystem::path spill_directory;
  std::function<void(const CopyReport&)> progress;  // after every item, when set
};

/// Copies all folders and items of a PST into a new one, item by item.
///
/// Shape:  in: any PST that the reader reads; out: a file of this writer. Search folders are left behind
/// Errors: those of the writer that concern the file (kExhausted, kDenied, kInternal, kConflict): nothing is
/// left.
///         A damaged item or folder list is skipped and reported
Result<CopyReport> copy_pst(const PstFile& from, const std::filesystem::path& to,
                            const CopyOptions& options = {});

}  // namespace mk::pst
