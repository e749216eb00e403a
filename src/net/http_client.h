#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/io.h"
#include "net/credentials.h"

namespace mk::net {

class RateLimit;

struct HttpOptions {
  std::string url;  // http:// or https://
  Credentials credentials;
  std::vector<std::pair<std::string, std::string>> headers;  // sent with every request
  std::string ca_file;                                       // PEM; empty: the system's authorities
  bool insecure = false;                                     // take any certificate
  bool compressed = true;                                    // offer to take gzip and deflate
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds stall_timeout = std::chrono::minutes(5);  // below 100 bytes/s for that long
  std::shared_ptr<RateLimit> rate_limit;  // shared with other connections; null: none. Its waits are no stall
  std::string user_agent = "mailkeep";
};

struct HttpHead {
  int status = 0;
  std::string content_type, location;
  std::chrono::milliseconds retry_after{0};                  // Retry-After, as seconds or date
  std::vector<std::pair<std::string, std::string>> headers;  // the first 100, names in lower case

  /// Value of the first header of that name (in lower case), empty when it is absent.
  std::string_view header(std::string_view name) const;
  /// What time it is at the server, by its header Date.
  std::optional<std::chrono::system_clock::time_point> date() const;
};

/// Takes one answer, unpacked: its head once, then its body in pieces.
class HttpReceiver {
 public:
  virtual ~HttpReceiver() = default;
  virtual Status head(const HttpHead& head) = 0;
  virtual Status body(Bytes piece) = 0;
};

/// One HTTP/1.1 connection to one server, opened when needed and kept for the next request.
///
/// Certificates and host names are verified. A redirection is handed to the receiver like any answer, never
/// followed: credentials go to the URL's host and nowhere else. Nothing of a secret appears in errors or the
/// log.
///
/// Errors:  kInvalid      URL or header malformed; something else than a web server answers
///          kDenied       the server's certificate is not trusted, expired or of another name; names the
///          remedy kUnavailable  host unknown or unreachable, connection refused or broken, stalled for
///          stall_timeout kTruncated    the answer ends before its announced length kExhausted    the answer
///          is larger than allowed and what the receiver and the body's source return
/// Threads: one thread at a time
class HttpClient {
 public:
  static Result<std::unique_ptr<HttpClient>> create(const HttpOptions& options);
  ~HttpClient();

  struct Request {
    std::string method;  // GET, HEAD, PUT, POST or DELETE
    std::string target;  // encoded path and query; sent as it is, behind the URL of the options
    std::vector<std::pair<std::string, std::string>> headers;  // beside those of the options
    BlobPtr body;                                              // nullptr: none
    std::uint64_t max_reply_bytes = 0;
    /// Without this a request that got no answer on a kept connection is sent once more on a new one. With it
    /// that is done only while the body has not been sent whole: the server may have carried the request out.
    bool once = false;
  };
  /// Sends the body with its length, read while it is sent.
  Status send(const Request& request, HttpReceiver& receiver);

  struct Post {
    BlobPtr body;
    std::string content_type;
    std::uint64_t max_reply_bytes = 0;
    bool once = false;
  };
  /// A POST to the URL of the options.
  Status post(const Post& request, HttpReceiver& receiver);
  /// Bytes of the last body that were read for sending.
  std::uint64_t sent() const;

 private:
  class Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mk::net
