#pragma once
// Private to net: the only header that drags Asio in.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

namespace mk::net {

namespace asio = boost::asio;
using asio::ip::tcp;

/// One accepted connection, plain or TLS, behind one type, so that the server's code is compiled once.
/// Threads: used from its own strand only.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual asio::awaitable<bool> handshake() = 0;
  /// 0 means that the connection is gone.
  virtual asio::awaitable<std::size_t> read_some(asio::mutable_buffer into) = 0;
  virtual asio::awaitable<bool> write(asio::const_buffer from) = 0;
  /// Says that no more will be sent.
  virtual asio::awaitable<void> finish() = 0;
  virtual tcp::socket& socket() = 0;
  /// Drops the connection at once, with RST where the system can.
  void reset();
};

std::unique_ptr<Connection> make_plain_connection(tcp::socket socket);
std::unique_ptr<Connection> make_tls_connection(tcp::socket socket, asio::ssl::context& context);

}  // namespace mk::net
