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

/// What became, or would become, of a folder that a restore made and that is still there.
struct UndoFolderEvent {
  job::MadeFolder folder;
  std::string why;  // it is left; empty: it is removed
};

struct UndoOptions {
  bool dry_run = false;
  job::Progress* progress = nullptr;
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(const UndoEvent&)> on_event;         // may be empty
  std::function<void(const UndoFolderEvent&)> on_folder;  // may be empty
};

struct UndoReport {
  std::uint64_t removed = 0;
  std::uint64_t gone = 0;     // not there any more: removed or moved by somebody, or by an earlier undo
  std::uint64_t changed = 0;  // by somebody since; left
  std::uint64_t failed = 0;   // could not be removed
  std::uint64_t folders_removed = 0, folders_left = 0;
};

/// What a restore left in a mailbox, as its journals say.
struct Restored {
  std::vector<job::RestoredItem> items;
  std::vector<job::MadeFolder> folders;  // parents before what is in them
};

/// Removes what a restore created and nobody changed since, and nothing else: items, then the folders that it
/// made and that are empty. The only code of mailkeep that removes something from a mailbox.
///
/// Shape:   an item is unchanged when it has the change key that it got when it was created; with another one
///          (servers give new ones by themselves) when content and read state are those of the backup. What
///          was created without the answer having come is known by its marker. A folder is unchanged when it
///          has its name and parent still, and neither items nor folders; before it goes for good it is moved
///          into the deleted items and looked at once more, so that nothing goes with it that came meanwhile.
///          Again: goes on
/// Errors:  of the connection; kCancelled
/// Bounds:  50 items in a request, one folder in four; of folders with unanswered items 150 bytes for each
/// item
///          with a marker
Result<UndoReport> run_undo(Removable& mailbox, const Restored& restored, const UndoOptions& options);

}  // namespace mk::undo
