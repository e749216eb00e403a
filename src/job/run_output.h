#pragma once
#include <filesystem>
#include <functional>

#include "job/backup.h"
#include "job/fetcher.h"
#include "job/run_state.h"

namespace mk::job {

/// Where a backup's items go: a directory (DirectoryOutput) or a vault (VaultOutput).
///
/// Errors:  kExhausted, kDenied  no room, no rights; kCorrupt  what was written before is damaged
/// Threads: store(), commit() and finish() from one thread at a time; the others from any
class RunOutput {
 public:
  virtual ~RunOutput() = default;
  /// Large streams wait here until they are stored.
  virtual const std::filesystem::path& temporary() const = 0;
  /// Takes the bytes of an item and says in `line` where they are; `line.folder` is set.
  virtual Status store(ItemLine& line, const Fetched& item) = 0;

  /// Lines of one folder and the sync state behind them.
  struct Group {
    std::size_t folder = 0;
    model::SyncState state;  // empty while a folder is listed anew
    std::vector<ItemLine> lines;
  };
  /// The groups count from now on, or with a later commit, together with their items; in order and whole.
  virtual Status commit(std::vector<Group> groups) = 0;
  /// Every line committed, with its number (RunState::apply() counts alike).
  using VisitLine = std::function<Status(const ItemLine& line, std::uint32_t number)>;
  virtual Status for_each_line(const VisitLine& f) const = 0;

  /// The run ends before its time: what was committed survives, so that the next one goes on behind it.
  virtual Status suspend() = 0;
  /// Makes the restore point of all that was committed and completes the manifest in `state`.
  virtual Status finish(RunState& state, const BackupOptions& options, BackupReport& report) = 0;
};

}  // namespace mk::job
