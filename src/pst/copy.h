#pragma once
#include <functional>
#include <map>

#include "pst/reader.h"
#include "pst/writer.h"

namespace mk::pst {

struct SkippedItem {
  Nid nid;             // in the original; of a folder when the folder's list could not be read
  std::string folder;  // its path, names separated by slashes
  Error error;
};

/// An item that was copied without its damaged parts.
struct IncompleteItem {
  Nid nid;
  std::string folder;
  std::vector<std::string> lost;
};

struct CopyReport {
  std::uint64_t folders = 0, items = 0, associated = 0;
  std::map<std::string, std::uint64_t> copied;  // items by the path of their folder
  std::vector<SkippedItem> skipped;
  std::vector<IncompleteItem> incomplete;
};

/// Threads that encode while one reads and writes: none on a machine with one core, four at most.
unsigned encoder_threads();

struct CopyOptions {
  bool permute = true;
  bool partial = false;  // of damaged items, copy what can be read
  std::filesystem::path spill_directory;
  unsigned threads = encoder_threads();             // any number gives the same bytes
  std::function<void(const CopyReport&)> progress;  // after every item, when set
};

/// Copies all folders and items of a PST into a new one, item by item.
///
/// Shape:  in: any PST that the reader reads; out: a file of this writer. Search folders are left behind
/// Errors: those of the writer that concern the file (kExhausted, kDenied, kInternal, kConflict): nothing is
/// left.
///         A damaged item or folder list is skipped and reported; with `partial`, only what cannot be read at
///         all
Result<CopyReport> copy_pst(const PstFile& from, const std::filesystem::path& to,
                            const CopyOptions& options = {});

}  // namespace mk::pst
