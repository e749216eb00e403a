#include "job/uploader.h"

#include "job/json.h"
#include "model/read_state.h"

namespace mk::job {
namespace {

constexpr std::size_t kBatchItems = 10;
constexpr std::uint64_t kBatchBytes = std::uint64_t{8} << 20;

RestoreEvent event_of(const PendingUpload& item, const Result<model::ItemId>& result) {
  RestoreEvent e{RestoreEvent::Action::kCreate, item.folder, item.line, {}};
  if (result) return e;
  e.action = result.error().code == Code::kExhausted ? RestoreEvent::Action::kTooLarge
                                                     : RestoreEvent::Action::kFailed;
  e.why = result.error().what;
  return e;
}

}  // namespace

Uploader::Uploader(std::vector<std::unique_ptr<model::MailboxSource>> connections, LineWriter& journal,
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
  for (const auto& item : batch) {
    Object o{{"marker", item.marker},
             {"item", json_text(item.line.head.id.value)},
             {"to", json_text(item.upload.folder.value)}};
    TRY(journal_.write(boost::json::serialize(Object{{"intent", std::move(o)}})));
  }
  return journal_.finish();
}

Status Uploader::upload(model::MailboxTarget& target, const Batch& batch) {
  TRY(journal_intents(batch));
  std::vector<model::Upload> uploads;
  for (const auto& item : batch) uploads.push_back(item.upload);
  TRY_ASSIGN(const auto results, target.upload(uploads));
  if (results.size() != batch.size())
    return Error{Code::kInternal, "the target answered for another number of items"};
  TRY_ASSIGN(const auto to_set, take_results(batch, results));
  return apply_read(target, to_set);
}

/// Gives the items whose read state is still to be set.
Result<std::vector<std::pair<model::ItemId, bool>>> Uploader::take_results(
    const Batch& batch, const std::vector<Result<model::ItemId>>& results) {
  std::vector<std::pair<model::ItemId, bool>> to_set;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto& item = batch[i];
    if (results[i] && item.set_read) to_set.emplace_back(*results[i], item.line.head.read);
    Object o{{"marker", item.marker}};
    if (results[i])
      o["id"] = json_text(results[i]->value);
    else
      o["error"] = json_text(results[i].error().what);
    TRY(journal_.write(boost::json::serialize(Object{{results[i] ? "done" : "failed", std::move(o)}})));
    on_event_(event_of(item, results[i]));
  }
  return to_set;
}

Status Uploader::apply_read(model::MailboxTarget& target,
                            const std::vector<std::pair<model::ItemId, bool>>& created) {
  for (const bool read : {true, false}) {
    std::vector<model::ItemId> ids;
    for (const auto& [id, is_read] : created)
      if (is_read == read) ids.push_back(id);
    if (ids.empty()) continue;
    std::uint64_t set = 0;
    if (auto* setter = dynamic_cast<model::ReadStateTarget*>(&target)) {
      const auto done = setter->set_read(ids, read);
      if (!done && done.error().code != Code::kUnsupported) return done.error();
      set = done ? *done : 0;
    }
    const std::lock_guard lock(mutex_);
    read_not_set_ += ids.size() - set;
  }
  return ok;
}

}  // namespace mk::job
