#pragma once
#include <atomic>
#include <functional>

#include "job/progress.h"
#include "job/restore_journal.h"
#include "undo/removable.h"

namespace mk::undo {

/// What became, or would become, of one item that a restore created.
struct UndoEvent {
  enum class Action { kRemove, kGone, kChanged, kFailed };
  Action action = Action::kRemove;
  job::RestoredItem item;
  std::string why;  // of all but kRemove
};

struct UndoOptions {
  bool dry_run = false;
  job::Progress* progress = nullptr;
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(const UndoEvent&)> on_event;  // may be empty
};

struct UndoReport {
  std::uint64_t removed = 0;
  std::uint64_t gone = 0;     // not there any more: removed or moved by somebody, or by an earlier undo
  std::uint64_t changed = 0;  // by somebody since; left
  std::uint64_t failed = 0;   // could not be removed
};

/// Removes what a restore created and nobody changed since, and nothing else. The only code of mailkeep that
/// removes something from a mailbox. Folders stay.
///
/// Shape:   an item is unchanged when it has the change key that it got when it was created; with another one
///          (servers give new ones by themselves) when content and read state are those of the backup. What
///          was created without the answer having come is known by its marker. Again: goes on
/// Errors:  of the connection; kCancelled
/// Bounds:  50 items in a request; of folders with unanswered items 150 bytes for each item with a marker
Result<UndoReport> run_undo(Removable& mailbox, const std::vector<job::RestoredItem>& created,
                            const UndoOptions& options);

}  // namespace mk::undo
