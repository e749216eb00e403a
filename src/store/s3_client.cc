#include "store/s3_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/back_off.h"
#include "base/hash.h"
#include "base/log.h"

namespace mk::store {
namespace {

using std::chrono::milliseconds;

constexpr int kTries = 8;
constexpr milliseconds kFirstPause{200}, kLongestPause{20'000}, kLongestAskedFor{60'000};
constexpr std::size_t kFaultBytes = std::size_t{64} * 1024;  // room for the document of an error
constexpr std::size_t kMaxIdle = 8;

/// Bytes of somebody who outlives the request.
class BorrowedBlob final : public Blob {
 public:
  explicit BorrowedBlob(Bytes bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override {
    return make_memory_source(bytes_.subspan(std::min<std::uint64_t>(offset, bytes_.size())));
  }

 private:
  Bytes bytes_;
};

class Collect final : public net::HttpReceiver {
 public:
  Status head(const net::HttpHead& head) override {
    reply.head = head;
    return ok;
  }
  Status body(Bytes piece) override {
    reply.body += as_chars(piece);
    return ok;
  }
  S3Reply reply;
};

bool is_success(const S3Reply& reply) { return reply.head.status / 100 == 2; }

bool has_body(const S3Client::Request& r) { return r.method == "PUT" || r.method == "POST"; }

}  // namespace

S3Client::S3Client(S3Options options) : options_(std::move(options)) {}

Result<S3Reply> S3Client::call(const Request& request, bool* maybe_done) {
  BackOff back_off(kFirstPause, kLongestPause);
  for (int tries = 1;; ++tries) {
    Attempt attempt = send(request);
    if (auto* reply = std::get_if<S3Reply>(&attempt)) return std::move(*reply);
    auto& [problem, retry] = std::get<S3Problem>(attempt);
    const auto& to = options_.address;
    const Error error = std::move(problem).in(
        fmt::format("{} s3://{}/{}{}", request.method, to.bucket, to.prefix, request.key));
    if (retry && maybe_done != nullptr) *maybe_done = true;
    if (!retry || request.once || error.retry_after > kLongestAskedFor) return error;
    if (tries == kTries)
      return Error{error.code, fmt::format("{}; given up after {} tries", error.what, kTries)};
    const auto wait = back_off.after(tries, error.retry_after);
    log_info(fmt::format("{}; trying again in {} ms", error.what, wait.count()));
    clock().sleep_for(wait);
  }
}

S3Client::Attempt S3Client::send(const Request& request) {
  auto wire = sign(request);
  if (!wire) return S3Problem{std::move(wire).error(), false};
  auto connection = borrow();
  if (!connection) return S3Problem{std::move(connection).error(), false};
  Collect collect;
  const Status sent = (*connection)->send(*wire, collect);
  give_back(*std::move(connection));
  if (collect.reply.head.status != 0) reached_ = true;
  if (!sent) return broken(sent.error());
  if (is_success(collect.reply)) return std::move(collect.reply);
  return s3_problem(collect.reply, options_.address, clock().now());
}

/// A wrong address is told at once, not after all tries. That an answer was cut says nothing of the object.
S3Problem S3Client::broken(Error error) const {
  if (error.code == Code::kTruncated) error.code = Code::kUnavailable;
  if (error.code == Code::kExhausted)
    return {{Code::kUnsupported, error.what + "; the store answers with more than was asked for"}, false};
  const bool retry = error.code == Code::kUnavailable && reached_;
  return {std::move(error), retry};
}

Result<net::HttpClient::Request> S3Client::sign(const Request& request) {
  const S3Address& a = options_.address;
  const std::string time = amz_time(clock().now());
  SigV4Request r{request.method, a.root, request.query, request.headers, request.claimed_sha256};
  if (!request.of_bucket) r.path += uri_encode(a.prefix + request.key, true);
  if (r.body_sha256.empty()) r.body_sha256 = to_hex(sha256(request.body));
  r.headers.emplace_back("Host", a.host);
  r.headers.emplace_back("X-Amz-Content-Sha256", r.body_sha256);
  r.headers.emplace_back("X-Amz-Date", time);
  if (!options_.credentials.session_token.empty())
    r.headers.emplace_back("X-Amz-Security-Token", options_.credentials.session_token.reveal());
  net::HttpClient::Request wire{request.method, r.path, r.headers, nullptr, 0, true};
  if (!r.query.empty()) wire.target += "?" + canonical_query(r.query);
  wire.headers.emplace_back("Authorization", authorization(r, {time, a.region}, options_.credentials));
  if (has_body(request)) wire.body = std::make_shared<BorrowedBlob>(request.body);
  wire.max_reply_bytes = std::max<std::uint64_t>(request.max_reply_bytes, kFaultBytes);
  return wire;
}

Result<std::unique_ptr<net::HttpClient>> S3Client::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  net::HttpOptions o;
  o.url = options_.address.url;
  o.ca_file = options_.ca_file;
  o.insecure = options_.insecure;
  o.compressed = false;  // ranges are of bytes as they are stored
  o.stall_timeout = options_.timeout;
  return net::HttpClient::create(o);
}

void S3Client::give_back(std::unique_ptr<net::HttpClient> connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(connection));
}

}  // namespace mk::store
