#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "job/restore.h"
#include "job/restore_journal.h"

namespace mk::job {

/// An item on its way into a target, or the content on its way into one that is there.
struct PendingUpload {
  model::Upload upload;
  std::string marker;
  ItemLine line;
  std::string folder;     // path, for people
  bool set_read = false;  // its read state changed after the bytes were stored
};

/// An item that is in the target and gets its read state.
struct ReadToSet {
  model::FolderId folder;
  std::string marker;
  model::ItemId id;
  bool read = false;
};

/// Uploads items in batches with several connections; what is intended is journalled before it is sent.
///
/// Errors:  of a connection, the journal or `cancel`: the first one stops everything; of an item: an event
/// Bounds:  one waiting batch per connection: 10 items or 8 MiB, large items alone
/// Threads: add() and finish() from one thread; `on_event` is called under a lock
class Uploader {
 public:
  using OnEvent = std::function<void(const RestoreEvent&)>;
  Uploader(std::vector<std::unique_ptr<model::MailboxSource>> connections, RestoreJournal& journal,
           OnEvent on_event);
  ~Uploader();
  Status add(PendingUpload item);
  Status finish();
  /// Sets read states and journals that it did; from any thread that has its own target.
  Status set_read(model::MailboxTarget& target, const std::vector<ReadToSet>& items);
  /// Passes an event on, in turn with those of the uploads.
  void emit(const RestoreEvent& e) {
    const std::lock_guard lock(mutex_);
    on_event_(e);
  }
  /// Into the journal, in turn with what the uploads note.
  Status journal_folder(const MadeFolder& folder) {
    const std::lock_guard lock(mutex_);
    return journal_.folder_made(folder);
  }
  /// Items whose read state this target cannot set.
  std::uint64_t read_not_set() const { return read_not_set_; }

 private:
  using Batch = std::vector<PendingUpload>;
  void run(model::MailboxTarget& target);
  Status upload(model::MailboxTarget& target, const Batch& batch);
  Result<std::vector<ReadToSet>> take_results(const Batch& batch,
                                              const std::vector<Result<model::CreatedItem>>& results);
  Status journal_intents(const Batch& batch);
  Status push();
  void fail(Error e);

  std::vector<std::unique_ptr<model::MailboxSource>> connections_;
  OnEvent on_event_;
  Batch next_;
  std::uint64_t next_bytes_ = 0;

  std::mutex mutex_;  // of what follows, of the journal and of on_event_
  std::condition_variable changed_;
  RestoreJournal& journal_;
  std::deque<Batch> queue_;
  bool ending_ = false;
  std::optional<Error> failure_;
  std::uint64_t read_not_set_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace mk::job
