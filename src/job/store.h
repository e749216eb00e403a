#pragma once
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "job/fetcher.h"
#include "job/progress.h"
#include "job/run_output.h"

namespace mk::job {

/// One page of a folder on its way to the disk. Its lines are in the order of the listing.
struct Page {
  std::size_t folder = 0;
  model::SyncState state;  // durable together with the lines
  std::vector<ItemLine> lines;
  std::size_t pending = 0;  // lines whose item is still to be stored
};

/// The one writer of a run, in a thread of its own: gives the output what is fetched.
///
/// Shape:   open_page() in the order of the listing, then store() for each pending line in any order; a page
///          is committed when it is complete and all earlier ones of its folder are
/// Errors:  the first one stops everything; every later call gives it
/// Bounds:  kMaxQueuedBytes of items in memory; store() waits
/// Threads: any; `on_commit` is called from the writer's thread, without locks held
class Store {
 public:
  static constexpr std::uint64_t kMaxQueuedBytes = std::uint64_t{8} << 20;
  using OnCommit = std::function<void(const Page&)>;
  /// `state_mutex` guards `state`.
  Store(RunOutput& output, RunState& state, std::mutex& state_mutex, Progress& progress, OnCommit on_commit);
  ~Store();

  void open_page(std::shared_ptr<Page> page);
  Status store(std::shared_ptr<Page> page, std::size_t line, Fetched fetched);
  /// What stopped the writer, if anything did: nothing will be committed any more.
  std::optional<Error> failure();
  /// All pages are committed; the thread has ended.
  Status finish();

 private:
  struct Task {
    std::shared_ptr<Page> page;
    std::size_t line = 0;
    std::optional<Fetched> fetched;  // nothing: only look whether the page is complete
  };
  void run();
  Status handle(Task task);
  Status write_item(Page& page, ItemLine& line, Fetched& fetched);
  void take_ready(std::size_t folder);
  Status commit_ready();
  Result<std::optional<Task>> next_task();
  void fail(Error e);

  RunOutput& output_;
  RunState& state_;
  std::mutex& state_mutex_;
  Progress& progress_;
  OnCommit on_commit_;

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  std::uint64_t queued_bytes_ = 0;
  bool ending_ = false;
  std::optional<Error> failure_;
  std::map<std::size_t, std::deque<std::shared_ptr<Page>>> open_;

  std::vector<std::shared_ptr<Page>> ready_;  // the thread's own
  std::size_t ready_lines_ = 0;
  std::thread thread_;
};

}  // namespace mk::job
