#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "base/time.h"
#include "store/s3_error.h"
#include "store/sigv4.h"

namespace mk::store {

struct S3Options {
  S3Address address;
  AwsCredentials credentials;
  std::string ca_file;    // PEM; empty: the system's authorities
  bool insecure = false;  // take any certificate
  /// What a writer that was killed has claimed is removed; only when no other writer is at work.
  bool take_over = false;
  /// Larger objects are sent in parts of so many bytes (Amazon takes 5 MiB and more), and more where 10,000
  /// parts would not do.
  std::size_t parts_above = 64 * 1024 * 1024, part_bytes = 16 * 1024 * 1024;
  std::size_t page = 1000;                                 // names asked for at once
  std::size_t max_listed = std::size_t{16} * 1024 * 1024;  // names in one listing; of packs that is 256 TiB
  std::chrono::milliseconds timeout = std::chrono::minutes(1);  // without progress
  Clock* clock = &system_clock();
};

/// Sends signed requests to one bucket, and sends them again as long as that is worth it: up to 8 times, with
/// the pauses of BackOff up to 20 s. A store that asks for more than a minute is not waited for.
///
/// Errors:  those of s3_problem() and of net::HttpClient
/// Threads: any number; each request has a connection of its own, which is kept for a later one
class S3Client {
 public:
  explicit S3Client(S3Options options);

  struct Request {
    std::string method, key;  // key: below the prefix; empty with `of_bucket`
    NameValues query{}, headers{};
    Bytes body{};
    std::uint64_t max_reply_bytes = 64 * 1024;
    bool of_bucket = false;  // a question to the bucket itself
    bool once = false;       // never sent again
    /// What the body is said to be, to find out whether the store looks; empty: the truth.
    std::string claimed_sha256{};
  };
  /// A success. `maybe_done`, when given, is set when the request, or one like it before, may have been
  /// carried out without an answer that said so.
  Result<S3Reply> call(const Request& request, bool* maybe_done = nullptr);

  const S3Options& options() const { return options_; }
  Clock& clock() { return *options_.clock; }

 private:
  using Attempt = std::variant<S3Reply, S3Problem>;
  Attempt send(const Request& request);
  S3Problem broken(Error error) const;
  Result<net::HttpClient::Request> sign(const Request& request);
  Result<std::unique_ptr<net::HttpClient>> borrow();
  void give_back(std::unique_ptr<net::HttpClient> connection);

  S3Options options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<net::HttpClient>> idle_;
  std::atomic<bool> reached_ = false;  // the store has answered once
};

}  // namespace mk::store
