#pragma once
#include "job/backup_directory.h"
#include "job/begin_run.h"
#include "job/mailbox_state.h"

namespace mk::job {

/// The restore points that a run comes behind.
struct PointsBefore {
  std::vector<std::string> names;  // sorted
  /// The state that an incremental goes on from.  Errors: kNotFound  there is none
  std::function<Result<std::unique_ptr<MailboxState>>()> newest;
};
/// Those of a directory, which must outlive them.
Result<PointsBefore> points_before(const BackupDirectory& dir);

/// Begins a run in a directory, or continues the one that was interrupted there. `dir` must outlive it.
/// Errors: as run_backup()
Result<Begun> begin_backup(model::MailboxSource& source, const BackupDirectory& dir,
                           const PointsBefore& before, const BackupOptions& o);

}  // namespace mk::job
