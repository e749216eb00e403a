#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <set>

#include "job/if_present.h"
#include "job/mailbox_state.h"
#include "job/progress.h"

namespace mk::job {

/// What a restore does, or would do, with one item.
struct RestoreEvent {
  enum class Action { kCreate, kUpdate, kPresent, kTooLarge, kFailed };
  Action action = Action::kCreate;
  std::string folder;  // path in the target
  ItemLine line;
  std::string why;
  model::ItemId created;  // in the target; empty in a dry run, and when nothing was
};

struct RestoreOptions {
  std::filesystem::path directory;
  FileTime at;                       // 0 ticks: the newest point
  std::vector<std::string> folders;  // paths or id:... in the backup; empty: all
  std::set<std::string> items;       // ids of items in the backup, in the chosen folders; empty: all
  std::string target_mailbox;  // whose the target is; the backup's own: items are recognised by their ids
  std::string to_folder;       // path or id:... in the target; empty: where the items came from
  std::string name;            // which restore this is, in its journals; empty: none in particular
  IfPresent if_present = IfPresent::kSkip;
  bool dry_run = false;
  int connections = 4;
  Clock* clock = &mk::system_clock();
  Progress* progress = nullptr;
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(const RestoreEvent&)> on_event;  // may be empty; one call at a time
};

struct RestoreReport {
  std::string point;
  bool dry_run = false;
  std::uint64_t in_state = 0;  // items of the chosen state and folders
  std::uint64_t created = 0, updated = 0, bytes = 0;
  std::uint64_t present_by_id = 0, present_by_marker = 0, present_by_content = 0;
  std::uint64_t read_finished = 0;  // of the present ones: read states that an earlier restore left unset
  std::uint64_t too_large = 0, failed = 0;
  std::uint64_t not_in_state = 0;  // of the items that were asked for
  std::uint64_t folders_created = 0;
  /// What is in the target and not in the state, folder by folder; never touched. Not told of copies.
  std::vector<std::string> left;
  std::vector<std::string> notes;
};

/// Puts the state of a backup at a time into a mailbox. What is there stays, as IfPresent says.
///
/// Spec:    docs/guides/backup-and-restore.md, "How an item is recognised"
/// Shape:   fold the chain, map folders, recognise, upload with several connections; intents are journalled
///          first. Running it again creates what is still missing and finishes what was begun; kCopy: when
///          it has the same name, or none and the one before was interrupted
/// Errors:  kInvalid, kNotFound  directory, time, folders; kCancelled; the target's own
/// Bounds:  16 to 24 bytes an item, kReplace 200 more for each with a marker; items pass through one at a
/// time, large ones through files
Result<RestoreReport> run_restore(model::MailboxTarget& target, const RestoreOptions& options);

/// The same from any state: options.directory and options.at are not looked at. What is lost counts as
/// failed.
struct RestoreSource {
  const MailboxState& state;
  std::filesystem::path journals;  // a directory for them alone, the same for every restore of this mailbox
};
Result<RestoreReport> run_restore(model::MailboxTarget& target, const RestoreSource& source,
                                  const RestoreOptions& options);

}  // namespace mk::job
