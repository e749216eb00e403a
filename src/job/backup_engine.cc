#include "job/backup_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "job/take_held.h"

namespace mk::job {
namespace {

/// Pages of one folder that may be under way: listing stays ahead of fetching, and a kill costs little.
constexpr std::size_t kMaxOpenPages = 3;
/// One request: what servers take at once without timing out.
constexpr std::size_t kBatchItems = 10;
constexpr std::uint64_t kBatchBytes = std::uint64_t{8} << 20;
constexpr std::uint64_t kUnknownItemBytes = 64 * 1024;
/// How often a folder that changes all the time, or does not balance, is looked at again.
constexpr int kMaxClosings = 5, kMaxQuietClosings = 3;

}  // namespace

BackupEngine::BackupEngine(model::MailboxSource& source, const BackupOptions& options, Begun begun,
                           Progress& progress)
    : source_(source),
      options_(options),
      progress_(progress),
      state_(std::move(begun.state)),
      output_(std::move(begun.output)),
      resumed_(begun.resumed),
      folders_(state_->manifest.folders.size()),
      throttled_(static_cast<std::size_t>(std::max(1, options.connections))) {
  begin_folders(begun.lines_of);
  store_ = std::make_unique<Store>(*output_, *state_, mutex_, progress_,
                                   [this](const Page& page) { committed(page); });
}

void BackupEngine::begin_folders(const std::vector<std::uint64_t>& lines_before) {
  auto& m = state_->manifest;
  for (auto& line : m.skipped) folders_[line.folder].retry.push_back(std::move(line));
  m.skipped.clear();
  std::uint64_t expected = 0;
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    auto& record = m.folders[i];
    auto& f = folders_[i];
    f.at = record.state;
    f.changed = lines_before[i] > 0;
    f.relisting = f.at.empty() && (f.changed || sum(state_->held(i)) > 0);
    expected += record.set >= 0 ? sum(record.row.before) : 0;
    if (record.set < 0) f.stage = Stage::kDone;
    if (record.set < 0 || record.folder.readable) continue;
    f.stage = Stage::kDone;
    record.row.status = LedgerRow::Status::kUnreadable;
    record.row.why = record.folder.why_unreadable;
    record.row.on_server = record.row.skipped = record.row.before;
  }
  if (state_->base() == nullptr) progress_.expected_items = expected;
}

Status BackupEngine::run() {
  progress_.phase = "copying";
  std::vector<std::unique_ptr<model::MailboxSource>> clones;
  for (int i = 1; i < options_.connections; ++i) {
    TRY_ASSIGN(auto clone, source_.clone());
    clones.push_back(std::move(clone));
  }
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < clones.size(); ++i)
      threads.emplace_back([this, &clones, i] { work(*clones[i], i + 1); });
    work(source_, 0);
  }
  auto stored = store_->finish();  // also after a failure: pages that are complete need not be fetched again
  if (!failure_ && stored) return ok;
  static_cast<void>(output_->suspend());  // why it ended says more than why that failed, too
  return failure_ ? *failure_ : stored;
}

void BackupEngine::work(model::MailboxSource& source, std::size_t worker) {
  for (;;) {
    Work w = next_work();
    if (w.kind == Work::Kind::kEnd) return;
    auto done = do_work(source, w);
    update_throttled(source, worker);
    const std::lock_guard lock(mutex_);
    --working_;
    if (w.kind != Work::Kind::kFetch) folders_[w.folder].busy = false;
    if (!done && !failure_) failure_ = std::move(done).error();
    changed_.notify_all();
  }
}

void BackupEngine::update_throttled(const model::MailboxSource& source, std::size_t worker) {
  const std::lock_guard lock(mutex_);
  throttled_[worker] = source.throttled().count();
  std::int64_t total = 0;
  for (const auto t : throttled_) total += t;
  progress_.throttled_ms = total;
}

BackupEngine::Work BackupEngine::next_work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (options_.cancel != nullptr && *options_.cancel && !failure_)
      failure_ = Error{Code::kCancelled, "interrupted; the same command continues this run"};
    if (!failure_) failure_ = store_->failure();
    Work w;
    w.kind = Work::Kind::kEnd;
    if (failure_) return w;
    w = pick();
    if (w.kind != Work::Kind::kNone) return w;
    changed_.wait_for(lock, std::chrono::milliseconds(200));  // looks at `cancel` now and then
  }
}

BackupEngine::Work BackupEngine::pick() {
  Work w;
  const auto listable = find_listable();
  const bool enough = batches_.size() >= throttled_.size();
  if (listable && !enough) {
    w.kind = Work::Kind::kList;
    w.folder = *listable;
  } else if (!batches_.empty()) {
    w.kind = Work::Kind::kFetch;
    w.batch = std::move(batches_.front());
    batches_.pop_front();
  } else if (const auto closable = find_closable()) {
    w.kind = Work::Kind::kClose;
    w.folder = *closable;
  } else if (working_ == 0 && std::all_of(folders_.begin(), folders_.end(),
                                          [](const auto& f) { return f.stage == Stage::kDone; })) {
    w.kind = Work::Kind::kEnd;
    return w;
  }
  if (w.kind == Work::Kind::kNone) return w;
  ++working_;
  if (w.kind != Work::Kind::kFetch) folders_[w.folder].busy = true;
  return w;
}

std::optional<std::size_t> BackupEngine::find_listable() const {
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    const auto& f = folders_[i];
    if (f.stage != Stage::kListing || f.busy) continue;  // what a worker is busy with is the worker's
    // Listing anew compares with what is stored, so that has to be known first.
    const std::size_t allowed = f.relisting && f.at.empty() ? 1 : kMaxOpenPages;
    if (f.open_pages < allowed) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> BackupEngine::find_closable() const {
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    if (folders_[i].stage == Stage::kListing) return std::nullopt;  // pass 1 first, everywhere
  }
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    const auto& f = folders_[i];
    if (f.stage == Stage::kListed && !f.busy && f.open_pages == 0) return i;
  }
  return std::nullopt;
}

Status BackupEngine::do_work(model::MailboxSource& source, Work& w) {
  if (w.kind == Work::Kind::kFetch) return fetch(source, w.batch);
  Status done = w.kind == Work::Kind::kList ? list(source, w.folder) : close(source, w.folder);
  if (done) return ok;
  return folder_failed(source, w.folder, std::move(done).error());
}

Status BackupEngine::fetch(model::MailboxSource& source, Batch& batch) {
  std::map<std::string, std::size_t> lines;
  for (std::size_t i = 0; i < batch.heads.size(); ++i) lines.emplace(batch.heads[i].id.value, batch.lines[i]);
  const auto done = [&](Fetched fetched) {
    const std::size_t line = lines.at(fetched.line.head.id.value);
    return store_->store(batch.page, line, std::move(fetched));
  };
  if (options_.also_held != nullptr) {
    const auto& folder = state_->manifest.folders[batch.page->folder].folder.id;
    TRY_ASSIGN(batch.heads, take_held(*options_.also_held, folder, batch.heads, done));
    if (batch.heads.empty()) return ok;
  }
  return fetch_items(source, batch.heads, output_->temporary(), done);
}

void BackupEngine::queue_page(std::size_t folder, std::vector<ItemLine> lines, model::SyncState state) {
  auto page = std::make_shared<Page>();
  page->folder = folder;
  page->state = std::move(state);
  page->lines = std::move(lines);
  std::vector<Batch> batches;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < page->lines.size(); ++i) {
    const auto& line = page->lines[i];
    if (!line.is_item()) continue;
    const std::uint64_t size = line.head.size_bytes != 0 ? line.head.size_bytes : kUnknownItemBytes;
    if (batches.empty() || batches.back().heads.size() == kBatchItems || bytes + size > kBatchBytes) {
      batches.push_back({page, {}, {}});
      bytes = 0;
    }
    bytes += size;
    ++page->pending;
    batches.back().heads.push_back(line.head);
    batches.back().lines.push_back(i);
  }
  const std::lock_guard lock(mutex_);
  ++folders_[folder].open_pages;
  store_->open_page(page);
  std::move(batches.begin(), batches.end(), std::back_inserter(batches_));
  changed_.notify_all();
}

void BackupEngine::committed(const Page& page) {
  const std::lock_guard lock(mutex_);
  --folders_[page.folder].open_pages;
  state_->manifest.folders[page.folder].state = page.state;
  changed_.notify_all();
}

void BackupEngine::set_stage(std::size_t folder, Stage stage) {
  const std::lock_guard lock(mutex_);
  folders_[folder].stage = stage;
}

Status BackupEngine::folder_failed(model::MailboxSource& source, std::size_t folder, Error e) {
  const bool stops = e.code == Code::kUnavailable || e.code == Code::kExhausted ||
                     e.code == Code::kCancelled || e.code == Code::kInternal;
  if (stops) return e;
  // Denied for one folder is a shared calendar; denied for everything is a password that changed.
  if (e.code == Code::kDenied) TRY(source.folders());
  const std::lock_guard lock(mutex_);
  auto& record = state_->manifest.folders[folder];
  auto& row = record.row;
  if (e.code == Code::kNotFound) {
    row.status = LedgerRow::Status::kGone;
    state_->fill_row(folder);
    row.on_server = {};
    state_->manifest.notes.push_back(
        fmt::format("folder {} was deleted during the run; what was stored of it is kept", row.path));
  } else {
    row.status = LedgerRow::Status::kUnreadable;
    row.why = std::move(e.what);
    row.on_server = row.skipped = row.before;
    row.stored = row.unchanged = {};
  }
  folders_[folder].stage = Stage::kDone;
  return ok;
}

Status BackupEngine::close(model::MailboxSource& source, std::size_t folder) {
  const auto id = state_->manifest.folders[folder].folder.id;
  TRY_ASSIGN(const auto counts, source.count(id));
  auto& f = folders_[folder];
  auto& row = state_->manifest.folders[folder].row;
  const auto balanced = [&] {
    const std::lock_guard lock(mutex_);
    state_->fill_row(folder);
    row.on_server = counts;
    return row.balanced();
  };
  bool even = balanced();
  const bool as_before = counts.items == row.before.items && counts.associated == row.before.associated;
  ++f.closings;
  if ((even && !f.changed && as_before) || f.closings > kMaxClosings)
    return set_stage(folder, Stage::kDone), ok;
  auto changes = source.sync_items(id, f.at);
  if (!changes && changes.error().code == Code::kConflict && !f.at.empty()) {
    const std::lock_guard lock(mutex_);
    f.at = {};
    f.relisting = true;
    f.seen = {};
    f.stage = Stage::kListing;
    return ok;
  }
  if (!changes) return std::move(changes).error();
  if (changes->changes.empty() && changes->last) {
    if (even || f.closings >= kMaxQuietClosings) set_stage(folder, Stage::kDone);
    return ok;
  }
  return take_page(folder, *std::move(changes));
}

}  // namespace mk::job
