#pragma once
#include <atomic>
#include <filesystem>
#include <set>

#include "job/mailbox_state.h"
#include "job/progress.h"
#include "pst/part_writer.h"

namespace mk::job {

struct StateExportOptions {
  std::vector<std::string> folders;                      // paths or id:...; empty: all
  std::set<std::string> items;                           // ids of items; empty: all
  std::uint64_t max_pst_bytes = pst::kDefaultPartBytes;  // of one file; what is more goes into NAME-2.pst ...
  Progress* progress = nullptr;
  const std::atomic<bool>* cancel = nullptr;
  /// Is told of every item that could not be written, and of lost ones (without an id).
  std::function<void(const std::string& folder, const ItemLine& item, const Error& why)> on_skipped;
};

struct StateExportReport {
  std::vector<std::string> files;  // in the directory
  std::uint64_t items = 0, skipped = 0;
};

/// Writes a state into PST files: one for the mailbox, or one for each folder that the backup selected or
/// `folders` name.
///
/// Errors:  kInvalid  `directory` is there and not empty; a folder; kExhausted, kDenied  the disk; kCancelled
/// Bounds:  those of the PST writer; one item at a time
Result<StateExportReport> export_state(const MailboxState& state, const std::filesystem::path& directory,
                                       const StateExportOptions& options = {});

}  // namespace mk::job
