#include "job/store.h"

namespace mk::job {
namespace {

/// What an item takes in memory on its way: the spool and the decoded item.
std::uint64_t cost_of(const std::optional<Fetched>& f) {
  return f ? 2 * std::min<std::uint64_t>(f->bytes(), model::kMaxInlineItemBytes) + 4096 : 0;
}

/// Small pages are committed together; no more of them than one large page has, so that a kill costs little.
constexpr std::size_t kMaxReadyPages = 16, kMaxReadyLines = 100;

}  // namespace

Store::Store(RunOutput& output, RunState& state, std::mutex& state_mutex, Progress& progress,
             OnCommit on_commit)
    : output_(output),
      state_(state),
      state_mutex_(state_mutex),
      progress_(progress),
      on_commit_(std::move(on_commit)) {
  thread_ = std::thread([this] { run(); });
}

Store::~Store() {
  fail({Code::kCancelled, "the run was stopped"});
  if (thread_.joinable()) thread_.join();
}

void Store::fail(Error e) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(e);
  changed_.notify_all();
}

void Store::open_page(std::shared_ptr<Page> page) {
  const std::lock_guard lock(mutex_);
  open_[page->folder].push_back(page);
  if (page->pending == 0) tasks_.push_back({std::move(page), 0, std::nullopt});
  changed_.notify_all();
}

Status Store::store(std::shared_ptr<Page> page, std::size_t line, Fetched fetched) {
  Task task{std::move(page), line, std::move(fetched)};
  std::unique_lock lock(mutex_);
  const std::uint64_t cost = cost_of(task.fetched);
  changed_.wait(lock,
                [&] { return failure_ || queued_bytes_ == 0 || queued_bytes_ + cost <= kMaxQueuedBytes; });
  if (failure_) return *failure_;
  queued_bytes_ += cost;
  tasks_.push_back(std::move(task));
  changed_.notify_all();
  return ok;
}

std::optional<Error> Store::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

Status Store::finish() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
  if (failure_) return *failure_;
  return ok;
}

Result<std::optional<Store::Task>> Store::next_task() {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    if (!tasks_.empty() && ready_.size() < kMaxReadyPages && ready_lines_ < kMaxReadyLines) {
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      return std::optional(std::move(task));
    }
  }
  TRY(commit_ready());
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ || ending_ || !tasks_.empty(); });
  if (failure_) return *failure_;
  if (tasks_.empty()) return std::optional<Task>{};
  Task task = std::move(tasks_.front());
  tasks_.pop_front();
  return std::optional(std::move(task));
}

void Store::run() {
  for (;;) {
    auto task = next_task();
    if (!task) return fail(std::move(task).error());
    if (!*task) return;
    if (auto s = handle(std::move(**task)); !s) return fail(std::move(s).error());
  }
}

Status Store::handle(Task task) {
  auto& page = *task.page;
  if (task.fetched) {
    const std::uint64_t cost = cost_of(task.fetched);
    auto& line = page.lines[task.line];
    TRY(write_item(page, line, *task.fetched));
    task.fetched.reset();
    --page.pending;
    const std::lock_guard lock(mutex_);
    queued_bytes_ -= cost;
    changed_.notify_all();
  }
  take_ready(page.folder);
  return ok;
}

Status Store::write_item(Page& page, ItemLine& line, Fetched& fetched) {
  const Was was = line.was;
  const ByteString old_hash = std::move(line.hash);
  line = std::move(fetched.line);
  line.folder = static_cast<std::uint32_t>(page.folder);
  line.was = was;
  if (line.kind == ItemLine::Kind::kDeleted) line.hash = old_hash;
  if (line.kind == ItemLine::Kind::kSkipped) ++progress_.skipped;
  if (fetched.outcome != Fetched::Outcome::kWhole) return ok;
  TRY(output_.store(line, fetched));
  ++progress_.items;
  progress_.bytes += line.bytes;
  return ok;
}

void Store::take_ready(std::size_t folder) {
  const std::lock_guard lock(mutex_);
  auto& queue = open_[folder];
  for (; !queue.empty() && queue.front()->pending == 0; queue.pop_front()) {
    ready_lines_ += queue.front()->lines.size();
    ready_.push_back(std::move(queue.front()));
  }
}

Status Store::commit_ready() {
  if (ready_.empty()) return ok;
  std::vector<RunOutput::Group> groups;
  for (auto& page : ready_) {
    RunOutput::Group group{page->folder, page->state, {}};
    {
      const std::lock_guard lock(state_mutex_);
      for (auto& line : page->lines) {
        if (!state_.matters(line)) continue;
        state_.apply(line);
        group.lines.push_back(std::move(line));
      }
    }
    page->lines.clear();
    groups.push_back(std::move(group));
  }
  TRY(output_.commit(std::move(groups)));
  for (const auto& page : ready_) on_commit_(*page);
  ready_.clear();
  ready_lines_ = 0;
  return ok;
}

}  // namespace mk::job
