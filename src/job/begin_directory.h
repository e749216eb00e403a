#pragma once
#include "job/backup_directory.h"
#include "job/begin_run.h"

namespace mk::job {

/// Begins a run in a directory, or continues the one that was interrupted there. `dir` must outlive it.
/// Errors: as run_backup()
Result<Begun> begin_backup(model::MailboxSource& source, const BackupDirectory& dir, const BackupOptions& o);

}  // namespace mk::job
