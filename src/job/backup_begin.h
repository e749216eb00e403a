#pragma once
#include "job/backup.h"
#include "job/backup_directory.h"
#include "job/journal.h"
#include "job/pst_output.h"
#include "job/run_state.h"
#include "job/segment.h"

namespace mk::job {

/// A run that may start listing: new, or an interrupted one at its last page.
struct Begun {
  std::unique_ptr<RunState> state;
  std::unique_ptr<SegmentWriter> segment;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<PstOutput> pst;  // null when resumed
  bool resumed = false;
  std::vector<std::uint64_t> lines_of;  // by folder: lines recorded before the interruption
};

/// Removes what an end that was interrupted after its manifest left to do: `unfinished` becomes a point.
/// Gives the manifest when that happened.
Result<std::optional<Manifest>> complete_interrupted_end(const BackupDirectory& dir);
/// The last steps of a run: journal away, segment away if not wanted, `unfinished` becomes the point.
Status publish(const BackupDirectory& dir, const Manifest& m);

/// Errors: as run_backup()
Result<Begun> begin_backup(model::MailboxSource& source, const BackupDirectory& dir,
                           const BackupOptions& options);

}  // namespace mk::job
