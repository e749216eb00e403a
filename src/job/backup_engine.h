#pragma once
#include <deque>
#include <thread>

#include "job/begin_run.h"
#include "job/store.h"

namespace mk::job {

/// Lists and fetches all folders of a run with several connections until their rows are closed.
///
/// Shape:   pass 1 lists every folder to its end; then folders are closed: counted, listed again, compared
///          (docs/formats/ledger.md). Work is taken from one queue: fetch a batch, list a page, close a
///          folder.
/// Errors:  as run_backup()
/// Threads: run() starts and joins one per connection
class BackupEngine {
 public:
  BackupEngine(model::MailboxSource& source, const BackupOptions& options, Begun begun, Progress& progress);
  /// Everything is committed and every row closed when this returns.
  Status run();
  RunState& state() { return *state_; }
  RunOutput& output() { return *output_; }
  bool resumed() const { return resumed_; }

 private:
  enum class Stage { kListing, kListed, kClosing, kDone };
  struct FolderRun {
    Stage stage = Stage::kListing;
    model::SyncState at;  // next page to list
    bool busy = false;    // a worker lists or closes it
    std::size_t open_pages = 0;
    bool changed = false;  // anything listed in this run
    bool relisting = false;
    IdMap seen;                   // while listing anew
    std::vector<ItemLine> retry;  // skipped by earlier points
    int closings = 0;
  };
  struct Batch {
    std::shared_ptr<Page> page;
    std::vector<model::ItemHead> heads;
    std::vector<std::size_t> lines;  // of the page, one per head
  };
  struct Work {
    enum class Kind { kNone, kFetch, kList, kClose, kEnd } kind = Kind::kNone;
    std::size_t folder = 0;
    Batch batch;
  };

  void begin_folders(const std::vector<std::uint64_t>& lines_before);
  void work(model::MailboxSource& source, std::size_t worker);
  Work next_work();  // waits
  Work pick();       // with the lock
  std::optional<std::size_t> find_listable() const;
  std::optional<std::size_t> find_closable() const;
  bool may_close() const;
  Status do_work(model::MailboxSource& source, Work& work);
  Status fetch(model::MailboxSource& source, Batch& batch);
  Status list(model::MailboxSource& source, std::size_t folder);
  Status close(model::MailboxSource& source, std::size_t folder);
  Status take_page(std::size_t folder, model::ItemChanges changes);
  Result<std::optional<ItemLine>> line_of(std::size_t folder, const model::ItemChange& change, IdMap* seen);
  Status retry_skipped(std::size_t folder);
  Status sweep(std::size_t folder);
  Status missing_in_base(std::size_t folder, std::vector<ItemLine>& gone);
  Status missing_in_run(std::size_t folder, std::vector<ItemLine>& gone);
  void queue_page(std::size_t folder, std::vector<ItemLine> lines, model::SyncState state);
  Status folder_failed(model::MailboxSource& source, std::size_t folder, Error e);
  void set_stage(std::size_t folder, Stage stage);
  void committed(const Page& page);
  void fail(Error e);
  void update_throttled(const model::MailboxSource& source, std::size_t worker);

  model::MailboxSource& source_;
  const BackupOptions& options_;
  Progress& progress_;
  std::unique_ptr<RunState> state_;
  std::unique_ptr<RunOutput> output_;
  bool resumed_;

  std::mutex mutex_;  // of everything below and of state_
  std::condition_variable changed_;
  std::vector<FolderRun> folders_;
  std::deque<Batch> batches_;
  std::size_t working_ = 0;
  std::optional<Error> failure_;
  std::vector<std::int64_t> throttled_;
  std::unique_ptr<Store> store_;
};

}  // namespace mk::job
