#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <set>

#include "job/mailbox_state.h"
#include "job/progress.h"

namespace mk::job {

struct FileExportOptions {
  std::vector<std::string> folders;  // paths or id:...; empty: all
  std::set<std::string> items;       // ids of items; empty: all
  Progress* progress = nullptr;
  const std::atomic<bool>* cancel = nullptr;
  /// Is told of every item that could not be written, and of lost ones (without an id).
  std::function<void(const std::string& folder, const ItemLine& item, const Error& why)> on_skipped;
};

struct FileExportReport {
  std::uint64_t folders = 0, items = 0, skipped = 0;
  std::uint64_t incomplete = 0;  // of the items: a part of them has no place in the form
};

/// Writes a state into files that other programs read, as export_pst() does: a directory for each folder, a
/// .eml, .ics or .vcf for each item, and `export.jsonl`, which lists them all. Hidden items are left out.
///
/// Shape:   a file name is made of the subject and of a hash of the item's ids
/// Errors:  kInvalid  `directory` is there and not empty; a folder; kExhausted, kDenied  the disk; kCancelled
/// Bounds:  one item at a time
Result<FileExportReport> export_files(const MailboxState& state, const std::filesystem::path& directory,
                                      const FileExportOptions& options = {});

}  // namespace mk::job
