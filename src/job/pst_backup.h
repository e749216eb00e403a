#pragma once
#include "archive/pst_layout.h"
#include "job/vault_backup.h"

namespace mk::job {

/// Backs a mailbox up into PST files, takes them into a vault as a restore point, and removes them.
///
/// Spec:    docs/formats/archive.md, "PST files"
/// Shape:   as run_backup() into a directory, but what an incremental goes on from is the newest point of the
///          vault, in whichever form. The vault keeps the verbatim streams of the items, and the PSTs of this
///          run as what they are made of; every point holds the whole state. A full fetches everything
/// Errors:  as run_backup() into a directory and a vault. A run that was interrupted, also while the files
///          were taken, is continued by the same call
/// Bounds:  disk: the PSTs and streams of the run, and one PST again; memory: about 150 bytes for each item
/// of the run
struct PstBackupReport {
  BackupReport backup;
  std::vector<archive::PstRecord> psts;
};
Result<PstBackupReport> run_pst_backup(model::MailboxSource& source, VaultPlace& place,
                                       const BackupOptions& options);

}  // namespace mk::job
