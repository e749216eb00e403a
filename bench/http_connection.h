#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mk::bench {

/// An HTTP/1.1 message: its head with the empty line, its body without the chunks around it.
struct HttpMessage {
  std::string head, body;
};

/// One loopback connection that reads whole messages. Plain sockets, so that it costs as little as can be.
class HttpConnection {
 public:
  explicit HttpConnection(int fd) : fd_(fd) {}
  static Result<HttpConnection> connect(std::uint16_t port);
  HttpConnection(HttpConnection&& other) noexcept;
  HttpConnection& operator=(HttpConnection&&) = delete;
  ~HttpConnection();

  /// Nothing when the other side closed between two messages.
  Result<std::optional<HttpMessage>> read();
  /// As read(), but throws the body away as it comes; returns its size.
  Result<std::size_t> read_and_discard();
  Status write(std::string_view bytes);

 private:
  Result<bool> fill();
  Result<std::string> read_head();
  Status read_exactly(std::size_t n, std::string* out);
  Status read_chunks(std::string& out);

  int fd_;
  std::string buffer_;
  std::size_t at_ = 0;  // what of the buffer has been taken
};

/// A listening socket on a loopback port of the system's choice.
struct Listener {
  int fd = -1;
  std::uint16_t port = 0;
};
Result<Listener> listen_on_loopback();

}  // namespace mk::bench
