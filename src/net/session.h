#pragma once
// Private to net.
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <string>

#include "net/connection.h"
#include "net/http_server.h"

namespace mk::net {

/// Serves the requests of one connection, one after the other, until either side ends it.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::unique_ptr<Connection> connection, const HttpServerOptions& options,
          const HttpServer::Handler& handler);
  /// Runs until the connection ends. Spawn it on the connection's executor.
  asio::awaitable<void> run();

 private:
  struct Reading;
  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> read_request(Reading& reading);
  asio::awaitable<bool> answer_too_large(unsigned status);
  asio::awaitable<bool> send(HttpReply reply, bool keep_alive, bool head_only);
  asio::awaitable<bool> send_body(HttpReply& reply);
  asio::awaitable<bool> send_stream(HttpReply& reply);
  asio::awaitable<bool> send_feed(const HttpReply& reply);
  asio::awaitable<bool> send_paced(std::string_view bytes, const HttpReply& reply,
                                   std::uint64_t body_bytes_before);
  asio::awaitable<void> pause(std::chrono::milliseconds time);
  asio::awaitable<void> watch();
  HttpReply call_handler(HttpRequest request);
  std::string head_of(const HttpReply& reply, bool keep_alive) const;
  void touch();

  std::unique_ptr<Connection> connection_;
  const HttpServerOptions& options_;
  const HttpServer::Handler& handler_;
  asio::steady_timer watchdog_, timer_;
  std::string buffer_;  // bytes that came and were not parsed yet
  std::string from_;
  bool from_loopback_ = false;
  bool done_ = false;
};

}  // namespace mk::net
