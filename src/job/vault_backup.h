#pragma once
#include <mutex>

#include "archive/node_cache.h"
#include "base/file.h"
#include "job/backup.h"
#include "vault/vault.h"

namespace mk::job {

/// An open vault, and where a run keeps what it needs while it lasts.
class VaultPlace {
 public:
  static constexpr std::uint64_t kPieceBytes = std::uint64_t{256} << 20;
  /// `work`: a directory for this vault and this mailbox alone.
  VaultPlace(vault::Vault& opened, std::filesystem::path work, std::uint64_t piece = kPieceBytes)
      : vault(opened),
        chunks(opened, mutex),
        work_directory(work),
        temporary(std::move(work)),
        piece_bytes(piece) {}
  vault::Vault& vault;
  std::mutex mutex;           // of the vault
  archive::NodeCache chunks;  // to read from any thread
  std::filesystem::path work_directory;
  std::filesystem::path temporary;  // for dumped PSTs; of this vault and this mailbox alone, too
  std::uint64_t piece_bytes;        // so many, stored, are durable before the run ends
  vault::Compression compression = vault::Compression::kNormal;
};

/// Keeps other runs out of a work directory, until it goes.  Errors: kConflict  another run works there
Result<File> lock_work_directory(const std::filesystem::path& work);

/// Backs a mailbox up into a new restore point of a vault, or continues an interrupted run.
///
/// Spec:    docs/formats/archive.md; otherwise as run_backup() into a directory
/// Shape:   a full lists everything and fetches what the newest point of the mailbox does not have with the
/// same
///          change key (options.reread: everything); an incremental goes on from the newest point. Each point
///          is whole. options.directory and options.verbatim are not looked at
/// Errors:  as run_backup(); kConflict  another run of this mailbox works in the same work directory;
/// kCorrupt  the
///          newest point is damaged where the run needs it
/// Bounds:  as run_backup(), and 16 bytes for each item, deletion or read state of the run
Result<BackupReport> run_backup(model::MailboxSource& source, VaultPlace& place,
                                const BackupOptions& options);

}  // namespace mk::job
