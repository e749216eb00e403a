#pragma once
#include "ews/upload_items.h"
#include "source/http_transport.h"
#include "source/retry.h"

namespace mk::source {

/// Creates items, or gives them other content, in requests of at most 10 items and about 8 MB; a larger item
/// travels alone.
///
/// A request is sent again only when the server cannot have carried it out: it said so, or it did not get the
/// whole body. When the answer to a whole body is lost, its items fail with kUnavailable: whether they were
/// created is known only from their markers, what was replaced only from its content. Errors: of the
/// connection after all retries
class Uploader {
 public:
  static constexpr std::size_t kMaxBatchItems = 10;
  static constexpr std::uint64_t kMaxBatchBytes = 8 << 20;

  using Results = std::vector<Result<model::CreatedItem>>;
  Uploader(ews::Session& session, HttpTransport& http, Retry& retry)
      : session_(session), http_(http), retry_(retry) {}
  Result<Results> upload(const std::vector<model::Upload>& items);

 private:
  using Batch = std::vector<model::Upload>;
  Status upload_batch(const Batch& batch, Results& results);
  Status retry_items(const Batch& batch, Results& batch_results);
  Result<Results> ask(const Batch& batch);
  Error too_large(const Batch& batch, std::uint64_t request_bytes, const std::string& said) const;

  ews::Session& session_;
  HttpTransport& http_;
  Retry& retry_;
};

}  // namespace mk::source
