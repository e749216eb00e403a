#include "net/connection.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace mk::net {
namespace {

using boost::system::error_code;

auto into(error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

template <class Stream>
asio::awaitable<std::size_t> read_from(Stream& stream, asio::mutable_buffer buffer) {
  error_code ec;
  const std::size_t n = co_await stream.async_read_some(buffer, into(ec));
  co_return ec ? 0 : n;
}

template <class Stream>
asio::awaitable<bool> write_to(Stream& stream, asio::const_buffer buffer) {
  error_code ec;
  co_await asio::async_write(stream, buffer, into(ec));
  co_return !ec;
}

class PlainConnection final : public Connection {
 public:
  explicit PlainConnection(tcp::socket socket) : socket_(std::move(socket)) {}
  asio::awaitable<bool> handshake() override { co_return true; }
  asio::awaitable<std::size_t> read_some(asio::mutable_buffer b) override { return read_from(socket_, b); }
  asio::awaitable<bool> write(asio::const_buffer b) override { return write_to(socket_, b); }
  asio::awaitable<void> finish() override {
    error_code ec;
    socket_.shutdown(tcp::socket::shutdown_send, ec);
    co_return;
  }
  tcp::socket& socket() override { return socket_; }

 private:
  tcp::socket socket_;
};

class TlsConnection final : public Connection {
 public:
  TlsConnection(tcp::socket socket, asio::ssl::context& context) : stream_(std::move(socket), context) {}
  asio::awaitable<bool> handshake() override {
    error_code ec;
    co_await stream_.async_handshake(asio::ssl::stream_base::server, into(ec));
    co_return !ec;
  }
  asio::awaitable<std::size_t> read_some(asio::mutable_buffer b) override { return read_from(stream_, b); }
  asio::awaitable<bool> write(asio::const_buffer b) override { return write_to(stream_, b); }
  asio::awaitable<void> finish() override {
    error_code ec;
    co_await stream_.async_shutdown(into(ec));
  }
  tcp::socket& socket() override { return stream_.next_layer(); }

 private:
  asio::ssl::stream<tcp::socket> stream_;
};

}  // namespace

void Connection::reset() {
  error_code ec;
  socket().set_option(asio::socket_base::linger(true, 0), ec);
  socket().close(ec);
}

std::unique_ptr<Connection> make_plain_connection(tcp::socket socket) {
  return std::make_unique<PlainConnection>(std::move(socket));
}

std::unique_ptr<Connection> make_tls_connection(tcp::socket socket, asio::ssl::context& context) {
  return std::make_unique<TlsConnection>(std::move(socket), context);
}

}  // namespace mk::net
