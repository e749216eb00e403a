#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/io.h"

namespace mk::net {

struct HttpRequest {
  std::string method;  // GET, POST ...
  std::string path;    // before the question mark, as sent
  std::string query;   // after it
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string from;  // the client's IP address
  bool from_loopback = false;

  /// Value of the first header of that name (any case), empty when it is absent.
  std::string_view header(std::string_view name) const;
};

/// What is sent back. The last four are for servers that play a bad network.
struct HttpReply {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::unique_ptr<ByteSource> stream;  // instead of `body`; sent in chunks as it is pulled, never held whole
  /// Instead of `body`: what comes bit by bit, as server-sent events do. Asked every feed_interval for what
  /// there is by now, and must not wait for more; nothing ends the reply. Between that it occupies no thread.
  std::function<std::optional<std::string>()> feed;
  std::chrono::milliseconds feed_interval{250};

  std::chrono::milliseconds delay{0};       // before the first byte; occupies no thread
  std::uint64_t bytes_per_second = 0;       // 0: as fast as it goes
  std::uint64_t reset_after_bytes = ~0ULL;  // of the body; then the connection is reset
  bool close = false;                       // after this reply
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  unsigned threads = 8;    // handlers may block: they run on these
  std::uint64_t max_body_bytes = 64ULL << 20;
  unsigned too_large_status = 413;
  std::string too_large_page;            // HTML that goes with it
  std::string certificate_pem, key_pem;  // both set: HTTPS
  std::chrono::milliseconds idle_timeout{300'000};
  std::string name = "mailkeep";         // in the header Server
  std::size_t max_connections = 10'000;  // at the same time; more are closed at once
};

/// A small HTTP/1.1 server: keep-alive, chunked replies, `Expect: 100-continue`, TLS 1.2 and above.
///
/// Spec:    RFC 9110, RFC 9112
/// Errors:  start(): kInvalid  address, certificate or key; kConflict  the port is taken
/// Bounds:  header 64 KiB, body max_body_bytes; a stream is held 256 KiB at a time; idle connections are
/// closed,
///          and those above max_connections
/// Threads: the handler is called from several threads at once
class HttpServer {
 public:
  using Handler = std::function<HttpReply(HttpRequest)>;
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, Handler handler);
  ~HttpServer();  // stops; open connections are cut
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  std::uint16_t port() const;

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// `Not Found` for 404; for reply lines and messages.
std::string_view status_text(unsigned status);

}  // namespace mk::net
