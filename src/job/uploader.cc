#include "job/uploader.h"

#include "model/read_state.h"

namespace mk::job {
namespace {

constexpr std::size_t kBatchItems = 10;
constexpr std::uint64_t kBatchBytes = std::uint64_t{8} << 20;

RestoreEvent event_of(const PendingUpload& item, const Result<model::CreatedItem>& result) {
  const bool is_new = item.upload.replaces.empty();
  RestoreEvent e{
      is_new ? RestoreEvent::Action::kCreate : RestoreEvent::Action::kUpdate, item.folder, item.line, {}, {}};
  if (result && is_new) e.created = result->id;
  if (result) return e;
  e.action = result.error().code == Code::kExhausted ? RestoreEvent::Action::kTooLarge
                                                     : RestoreEvent::Action::kFailed;
  e.why = result.error().what;
  return e;
}

}  // namespace

Uploader::Uploader(std::vector<std::unique_ptr<model::MailboxSource>> connections, RestoreJournal& journal,
                   OnEvent on_event)
    : connections_(std::move(connections)), on_event_(std::move(on_event)), journal_(journal) {
  for (auto& c : connections_)
    if (auto* target = dynamic_cast<model::MailboxTarget*>(c.get()))
      threads_.emplace_back([this, target] { run(*target); });
  MK_CHECK(!threads_.empty());
}

Uploader::~Uploader() {
  fail({Code::kCancelled, "the restore was stopped"});
  for (auto& t : threads_)
    if (t.joinable()) t.join();
}

void Uploader::fail(Error e) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(e);
  changed_.notify_all();
}

Status Uploader::add(PendingUpload item) {
  const std::uint64_t bytes = item.upload.stream->size();
  if (!next_.empty() && (next_.size() == kBatchItems || next_bytes_ + bytes > kBatchBytes)) TRY(push());
  next_bytes_ += bytes;
  next_.push_back(std::move(item));
  return ok;
}

Status Uploader::push() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ || queue_.size() < threads_.size(); });
  if (failure_) return *failure_;
  queue_.push_back(std::exchange(next_, {}));
  next_bytes_ = 0;
  changed_.notify_all();
  return ok;
}

Status Uploader::finish() {
  if (!next_.empty()) TRY(push());
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  for (auto& t : threads_) t.join();
  if (failure_) return *failure_;
  return ok;
}

void Uploader::run(model::MailboxTarget& target) {
  for (;;) {
    Batch batch;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return failure_ || ending_ || !queue_.empty(); });
      if (failure_ || queue_.empty()) return;
      batch = std::move(queue_.front());
      queue_.pop_front();
      changed_.notify_all();
    }
    if (auto done = upload(target, batch); !done) return fail(std::move(done).error());
  }
}

Status Uploader::journal_intents(const Batch& batch) {
  const std::lock_guard lock(mutex_);
  for (const auto& item : batch) TRY(journal_.intend(item.upload, item.marker, item.line, item.set_read));
  return journal_.sync();
}

Status Uploader::upload(model::MailboxTarget& target, const Batch& batch) {
  TRY(journal_intents(batch));
  std::vector<model::Upload> uploads;
  for (const auto& item : batch) uploads.push_back(item.upload);
  TRY_ASSIGN(const auto results, target.upload(uploads));
  if (results.size() != batch.size())
    return Error{Code::kInternal, "the target answered for another number of items"};
  TRY_ASSIGN(const auto to_set, take_results(batch, results));
  return set_read(target, to_set);
}

/// Gives the items whose read state is still to be set.
Result<std::vector<ReadToSet>> Uploader::take_results(
    const Batch& batch, const std::vector<Result<model::CreatedItem>>& results) {
  std::vector<ReadToSet> to_set;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto& item = batch[i];
    if (results[i] && item.set_read)
      to_set.push_back({item.upload.folder, item.marker, results[i]->id, item.line.head.read});
    TRY(journal_.done(item.marker, results[i]));
    on_event_(event_of(item, results[i]));
  }
  return to_set;
}

Status Uploader::set_read(model::MailboxTarget& target, const std::vector<ReadToSet>& items) {
  auto* const setter = dynamic_cast<model::ReadStateTarget*>(&target);
  for (const bool read : {true, false}) {
    std::vector<model::ItemId> ids;
    for (const auto& item : items)
      if (item.read == read) ids.push_back(item.id);
    if (ids.empty()) continue;
    const auto done = setter != nullptr ? setter->set_read(ids, read) : Result<std::uint64_t>(0);
    if (!done && done.error().code != Code::kUnsupported) return done.error();
    const std::lock_guard lock(mutex_);
    read_not_set_ += ids.size() - (done ? *done : 0);
    for (const auto& item : items)
      if (item.read == read) TRY(journal_.read_is_set(item.folder, item.marker));
  }
  return ok;
}

}  // namespace mk::job
