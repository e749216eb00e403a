#pragma once
#include "job/begin_run.h"
#include "job/vault_backup.h"

namespace mk::job {

/// The point of an interrupted run that had come to its commit; its pieces are let go.
Result<std::optional<Manifest>> complete_interrupted_end(VaultPlace& place, const BackupOptions& o);
/// Begins a run in a vault, or continues the one of this mailbox that was interrupted. `place` must outlive
/// it. Errors: as run_backup()
Result<Begun> begin_backup(model::MailboxSource& source, VaultPlace& place, const BackupOptions& o);

}  // namespace mk::job
