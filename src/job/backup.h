#pragma once
#include <atomic>
#include <filesystem>
#include <optional>

#include "job/manifest.h"
#include "job/progress.h"
#include "pst/part_writer.h"

namespace mk::job {

class VaultState;

struct BackupOptions {
  std::filesystem::path directory;
  std::string mailbox;               // whose it is; kept in the directory and compared
  std::vector<std::string> folders;  // paths or id:...; empty: the whole mailbox, or what the base point has
  bool incremental = false;
  bool verbatim = true;  // false: no segment is kept, restores go through the PST
  bool reread = false;   // into a vault, full: fetches again what has not changed too
  bool restart = false;  // throws an interrupted run away
  /// Of one PST; what is more goes into NAME-2.pst ... An interrupted run that goes on has that of its end.
  std::uint64_t max_pst_bytes = pst::kDefaultPartBytes;
  /// PST files into a vault: all are dumped before they are stored. Else each part is stored and removed
  /// while others are dumped.
  bool dump_first = false;
  unsigned encoder_threads = pst::encoder_threads();  // of PSTs that are written anew from a vault
  int connections = 4;
  /// What another place holds of the same mailbox: what did not change since is taken from there instead of
  /// fetched. May be null.
  const VaultState* also_held = nullptr;
  Clock* clock = &mk::system_clock();
  Progress* progress = nullptr;               // may be null
  const std::atomic<bool>* cancel = nullptr;  // may be null; true: stop, the run can be continued
};

struct BackupReport {
  Manifest manifest;  // of the new point
  bool resumed = false;
  std::uint64_t items = 0, bytes = 0;        // stored by this run (not those before an interruption)
  std::optional<std::uint64_t> vault_bytes;  // what the vault grew by, packs only
  std::chrono::milliseconds throttled{0};
  std::vector<ItemLine> not_in_pst;  // stored verbatim, but their PST does not hold them; the first 1000
  std::uint64_t n_not_in_pst = 0;
};

/// Backs a mailbox up into a new restore point, or continues an interrupted run.
///
/// Spec:    docs/formats/backup-directory.md (what is written when), docs/formats/ledger.md (what is counted
/// when) Shape:   list pages, fetch their items with several connections, one writer; then compare with the
/// counts Errors:  kInvalid      folder selection, foreign directory, another selection than the base or the
/// interrupted run
///          kNotFound     incremental without a full
///          kConflict     another run works in the directory
///          kCancelled    asked to stop; kDenied, kUnavailable  the server; kExhausted  the disk
///          After any of them the same call continues where it was.
/// Bounds:  about 25 bytes an item, 8 MiB of items under way, 1 MiB per connection; large items go through
/// files
Result<BackupReport> run_backup(model::MailboxSource& source, const BackupOptions& options);

}  // namespace mk::job
