#pragma once
#include <optional>
#include <vector>

#include "agent/restore/restore_request.h"
#include "agent/state/row_id.h"
#include "agent/state/runs.h"
#include "agent/state/state_file.h"
#include "base/time.h"

namespace mk::agent {

/// What became of the items that a restore was asked for. Of an undo: created are those that were removed,
/// skipped those that were left.
struct RestoreCounts {
  std::uint64_t in_state = 0;  // = created + updated + skipped + failed, when it is over
  std::uint64_t created = 0, updated = 0;
  std::uint64_t skipped = 0;  // were there already
  std::uint64_t failed = 0;   // also too large for the server, lost in the backup, not in the point
  std::uint64_t bytes = 0;    // of those that were created
  bool operator==(const RestoreCounts&) const = default;
};

/// A restore, from when somebody asked for it.
struct Restore {
  RestoreId id;
  std::string who;
  RestoreRequest request;  // from when it began: with the time and the destination of its point
  FileTime requested;
  std::optional<FileTime> started, finished;
  /// kQueued, kRunning, kComplete, kIncomplete (some items failed), kFailed, kCancelled
  RunState state = RunState::kQueued;
  RestoreCounts counts;
  std::string output;              // the directory that was written
  std::string notes;               // lines for people
  std::string error;               // of kFailed
  std::optional<FileTime> undone;  // when an undo of it ran to its end
};

/// Errors: kNotFound  no such restore; kCorrupt  a row that is not one
class Restores {
 public:
  explicit Restores(StateFile& file) : file_(file) {}
  Result<RestoreId> add(const Restore& restore);
  Result<Restore> get(RestoreId id);
  /// At most `limit` (1 to 1000) before `before` (0: the end), the newest first.
  Result<std::vector<Restore>> list(RestoreId before, std::size_t limit);
  /// Those that are not over, the oldest first.
  Result<std::vector<Restore>> unfinished();
  /// All but id, who and requested.
  Status update(const Restore& restore);

 private:
  Status select(const std::string& rest, const sql::Values& values, std::vector<Restore>& to);
  StateFile& file_;
};

}  // namespace mk::agent
