#pragma once
#include "job/backup_directory.h"

namespace mk::job {

/// Removes restore points of a directory, the newest first, each in one step: killed at any time it leaves
/// whole points, and what it began to remove goes the next time. Errors: kInvalid  one of the points that
/// stay goes by one that is to be removed: names both; kNotFound  no such
///         point; kConflict  a run works in the directory; kCorrupt  a manifest cannot be read
Status remove_points(BackupDirectory& directory, const std::vector<std::string>& names);

}  // namespace mk::job
