#include "source/uploader.h"

#include <fmt/format.h>

namespace mk::source {
namespace {

/// Servers that close the connection instead of saying 413 do so with requests of this size at least.
constexpr std::uint64_t kSuspiciousBytes = 8 << 20;
constexpr int kBrokenTries = 2;

double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

Result<Uploader::Results> Uploader::upload(const std::vector<model::Upload>& items) {
  Results results;
  Batch batch;
  std::uint64_t batch_bytes = 0;
  for (const model::Upload& item : items) {
    const std::uint64_t bytes = item.stream->size();
    if (!batch.empty() && (batch.size() == kMaxBatchItems || batch_bytes + bytes > kMaxBatchBytes)) {
      TRY(upload_batch(std::exchange(batch, {}), results));
      batch_bytes = 0;
    }
    batch.push_back(item);
    batch_bytes += bytes;
  }
  if (!batch.empty()) TRY(upload_batch(batch, results));
  return results;
}

Status Uploader::upload_batch(const Batch& batch, Results& results) {
  auto answer = ask(batch);
  if (!answer && answer.error().code == Code::kExhausted) {
    if (batch.size() == 1) {
      results.emplace_back(std::move(answer).error());
      return ok;
    }
    // together they are too large for this server; each alone may not be
    for (const auto& item : batch) TRY(upload_batch({item}, results));
    return ok;
  }
  const std::uint64_t request_bytes = ews::upload_request(session_, batch)->size();
  if (!answer && answer.error().code == Code::kUnavailable && http_.sent() == request_bytes &&
      session_.http_status == 0) {
    const Error unknown{
        Code::kUnavailable,
        answer.error().what + "; the items were sent, but whether they were stored is not known"};
    results.insert(results.end(), batch.size(), unknown);
    return ok;
  }
  if (!answer) return std::move(answer).error();
  TRY(retry_items(batch, *answer));
  for (auto& result : *answer) results.push_back(std::move(result));
  return ok;
}

/// Items that the server was too busy for are asked again, alone.
Status Uploader::retry_items(const Batch& batch, Results& batch_results) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    for (int attempt = 1; !batch_results[i] && retry_.worth(batch_results[i].error(), session_, attempt);
         ++attempt) {
      TRY(retry_.pause(batch_results[i].error(), attempt));
      TRY_ASSIGN(auto again, ask({batch[i]}));
      batch_results[i] = std::move(again[0]);
    }
  }
  return ok;
}

Result<Uploader::Results> Uploader::ask(const Batch& batch) {
  const std::uint64_t request_bytes = ews::upload_request(session_, batch)->size();
  for (int attempt = 1;; ++attempt) {
    auto answer = ews::upload_items(session_, batch);
    if (answer) return answer;
    const Error why = std::move(answer).error();
    if (why.code == Code::kExhausted) return too_large(batch, request_bytes, why.what);
    const bool broke = session_.http_status == 0 && why.code == Code::kUnavailable;
    const bool all_sent = http_.sent() == request_bytes;
    if (broke && !all_sent && request_bytes >= kSuspiciousBytes && attempt >= kBrokenTries)
      return too_large(batch, request_bytes, why.what);
    // an answer that broke after its head may stand for items that were created
    const bool turned_away = session_.http_status != 0 && why.code != Code::kTruncated;
    if ((!turned_away && (all_sent || !broke)) || !retry_.worth(why, session_, attempt)) return why;
    TRY(retry_.pause(why, attempt));
  }
}

Error Uploader::too_large(const Batch& batch, std::uint64_t request_bytes, const std::string& said) const {
  const auto limit = ews::default_request_limit(session_.version);
  return {Code::kExhausted,
          fmt::format("too large for this server: {} of {:.1f} MB in all, a request of {:.1f} MB; the usual "
                      "limit of {} is {:.0f} MB "
                      "(maxAllowedContentLength, which its administrator can raise); {}",
                      batch.size() == 1 ? "an item" : "items",
                      megabytes(batch.empty() ? 0 : batch[0].stream->size()), megabytes(request_bytes),
                      ews::version_name(session_.version), megabytes(limit), said)};
}

}  // namespace mk::source
