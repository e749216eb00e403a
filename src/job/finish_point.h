#pragma once
#include <filesystem>
#include <functional>

#include "job/backup.h"
#include "job/pst_output.h"
#include "job/run_state.h"

namespace mk::job {

/// Turns the journal of a run into a restore point's files in `dir` and completes the manifest in `state`.
///
/// Shape:   PSTs (written anew from the segment when `pst` is null or items were superseded), items.jsonl,
/// items.index,
///          manifest.jsonl last
/// Errors:  kExhausted, kDenied  the disk; kCorrupt  a segment that was damaged after it was written
/// Bounds:  16 bytes an item for the index; deletions of the run for recognising moves
Status finish_point(const std::filesystem::path& dir, RunState& state, std::unique_ptr<PstOutput> pst,
                    const BackupOptions& options, BackupReport& report);

}  // namespace mk::job
