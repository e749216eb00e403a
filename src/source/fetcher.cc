#include "source/fetcher.h"

#include <fmt/format.h>

#include <algorithm>

#include "ews/get_folder.h"

namespace mk::source {

Status Fetcher::fetch(const std::vector<model::ItemHead>& items) {
  constexpr std::uint64_t kGuessedBytes = 64 * 1024;  // of an item whose size the server did not say
  Ids batch;
  std::uint64_t batch_bytes = 0;
  for (const model::ItemHead& item : items) {
    const std::uint64_t bytes = item.size_bytes != 0 ? item.size_bytes : kGuessedBytes;
    if (!batch.empty() && (batch.size() == kMaxBatchItems || batch_bytes + bytes > kMaxBatchBytes)) {
      TRY(fetch_batch(std::exchange(batch, {})));
      batch_bytes = 0;
    }
    batch.push_back(item.id);
    batch_bytes += bytes;
  }
  return batch.empty() ? Status(ok) : fetch_batch(batch);
}

Status Fetcher::fetch_batch(const Ids& ids) {
  if (ids.size() == 1) return fetch_one(ids[0]);
  for (int attempt = 1;; ++attempt) {
    auto status = ask(ids);
    if (receiver_error_) return *receiver_error_;
    if (status || may_be_of_an_item(status.error())) {
      if (!status && retry_.worth(status.error(), session_, attempt))
        TRY(retry_.pause(status.error(), attempt));
      break;
    }
    // the request as a whole was turned away: busy, say. Taking it apart would only make more requests
    if (!retry_.worth(status.error(), session_, attempt)) return status;
    TRY(retry_.pause(status.error(), attempt));
  }
  const Ids rest = std::exchange(left_, {});
  for (const auto& id : rest) TRY(fetch_one(id));
  return ok;
}

/// An answer that broke in the midst, or is not XML, may do so because of one item.
bool Fetcher::may_be_of_an_item(const Error& why) const {
  const bool in_the_midst = n_begun_ > 0 || n_next_ > 0;
  return why.code == Code::kCorrupt ||
         (in_the_midst && (why.code == Code::kUnavailable || why.code == Code::kTruncated));
}

Status Fetcher::fetch_one(const model::ItemId& id) {
  const int item_tries = std::min(kItemRetries, retry_.max_retries());
  for (int attempt = 1;; ++attempt) {
    last_try_ = attempt > item_tries;
    const auto status = ask({id});
    last_try_ = false;
    if (receiver_error_) return *receiver_error_;
    if (left_.empty()) return status;
    const Error why = status ? *item_error_ : status.error();
    const bool of_item = n_begun_ > 0 || why.code == Code::kTruncated;
    if ((of_item && attempt > item_tries) || !retry_.worth(why, session_, attempt))
      return give_up(id, why, static_cast<bool>(status));
    TRY(retry_.pause(why, attempt));
  }
}

/// `of_item`: the server itself said so of the item.
Status Fetcher::give_up(const model::ItemId& id, Error why, bool of_item) {
  const bool passing =
      why.code == Code::kUnavailable || why.code == Code::kTruncated || why.code == Code::kCorrupt;
  if (of_item || (passing && server_answers())) return receiver_.fail(id, std::move(why));
  return why;
}

bool Fetcher::server_answers() {
  const auto found = ews::get_folder(session_, {{{}, "msgfolderroot", {}}}, {});
  return static_cast<bool>(found);
}

Status Fetcher::ask(const Ids& ids) {
  receiver_error_.reset();
  item_error_.reset();
  n_begun_ = n_next_ = 0;
  again_.clear();
  watch_ = {};
  const auto status = ews::export_items(session_, ids, *this);
  if (watch_.error()) receiver_error_ = watch_.error();
  left_ = std::exchange(again_, {});
  left_.insert(left_.end(), ids.begin() + static_cast<std::ptrdiff_t>(n_next_), ids.end());
  return status;
}

Result<ByteSink*> Fetcher::begin(const model::ItemId& id) {
  ++n_begun_;
  auto sink = receiver_.begin(id);
  if (!sink) {
    receiver_error_ = sink.error();
    return std::move(sink).error();
  }
  watch_.start(**sink);
  return &watch_;
}

Status Fetcher::end(const model::ItemId& id) {
  ++n_next_;
  if (!watch_.looks_cut() || last_try_) return checked(receiver_.end(id));
  item_error_ = Error{Code::kTruncated, "the data of an item ends inside a record"};
  again_.push_back(id);
  return ok;
}

Status Fetcher::fail(const model::ItemId& id, Error why) {
  ++n_next_;
  if (why.code != Code::kUnavailable) return checked(receiver_.fail(id, std::move(why)));
  item_error_ = std::move(why);
  again_.push_back(id);
  return ok;
}

Status Fetcher::checked(Status status) {
  if (!status) receiver_error_ = status.error();
  return status;
}

}  // namespace mk::source
