#include "net/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <exception>

#include "base/log.h"

namespace mk::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;
/// What is still read from a client whose request was refused, so that it gets to see the answer.
constexpr std::uint64_t kMaxDrainBytes = 1ULL << 30;

HttpRequest request_of(http::request<http::string_body>&& message) {
  HttpRequest out;
  out.method = std::string(message.method_string());
  const std::string target(message.target());
  const auto mark = target.find('?');
  out.path = target.substr(0, mark);
  if (mark != std::string::npos) out.query = target.substr(mark + 1);
  for (const auto& field : message) out.headers.emplace_back(field.name_string(), field.value());
  out.body = std::move(message.body());
  return out;
}

}  // namespace

/// One request as far as it was read.
struct Session::Reading {
  http::request_parser<http::string_body> parser;
  unsigned refuse_with = 0;  // an HTTP status
  bool continued = false;
};

Session::Session(std::unique_ptr<Connection> connection, const HttpServerOptions& options,
                 const HttpServer::Handler& handler)
    : connection_(std::move(connection)),
      options_(options),
      handler_(handler),
      watchdog_(connection_->socket().get_executor()),
      timer_(connection_->socket().get_executor()) {
  error_code ec;
  const auto client = connection_->socket().remote_endpoint(ec).address();
  from_ = ec ? "" : client.to_string();
  from_loopback_ = client.is_loopback() && !ec;
  connection_->socket().set_option(tcp::no_delay(true), ec);
}

asio::awaitable<void> Session::run() {
  touch();
  asio::co_spawn(
      watchdog_.get_executor(), [self = shared_from_this()] { return self->watch(); }, asio::detached);
  if (co_await connection_->handshake()) {
    while (co_await serve_one()) {
    }
    if (connection_->socket().is_open()) co_await connection_->finish();
  }
  done_ = true;
  watchdog_.cancel();
}

/// Closes the socket when nothing moved for the idle time; the pending read or write then ends with an error.
asio::awaitable<void> Session::watch() {
  while (!done_ && watchdog_.expiry() > std::chrono::steady_clock::now()) {
    error_code ec;
    co_await watchdog_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  }
  error_code ec;
  if (!done_) connection_->socket().close(ec);
}

void Session::touch() { watchdog_.expires_after(options_.idle_timeout); }

asio::awaitable<void> Session::pause(std::chrono::milliseconds time) {
  error_code ec;
  watchdog_.expires_after(options_.idle_timeout + time);
  timer_.expires_after(time);
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
}

asio::awaitable<bool> Session::serve_one() {
  Reading reading;
  if (!co_await read_request(reading)) {
    if (reading.refuse_with != 0) co_await answer_too_large(reading.refuse_with);
    co_return false;
  }
  const bool keep = reading.parser.keep_alive();
  const bool head_only = reading.parser.get().method() == http::verb::head;
  HttpRequest request = request_of(reading.parser.release());
  request.from = from_;
  request.from_loopback = from_loopback_;
  HttpReply reply = call_handler(std::move(request));
  co_return co_await send(std::move(reply), keep, head_only);
}

HttpReply Session::call_handler(HttpRequest request) {
  try {
    return handler_(std::move(request));
  } catch (const std::exception& e) {  // out of memory or a library's: this request fails, the server goes on
    log_error(fmt::format("handler failed: {}", e.what()));
    HttpReply reply;
    reply.status = 500;
    reply.body = "internal error";
    return reply;
  }
}

asio::awaitable<bool> Session::read_request(Reading& reading) {
  auto& parser = reading.parser;
  parser.eager(true);
  parser.header_limit(kMaxHeaderBytes);
  parser.body_limit(options_.max_body_bytes);
  while (!parser.is_done()) {
    error_code ec;
    if (!buffer_.empty()) buffer_.erase(0, parser.put(asio::buffer(buffer_), ec));
    if (ec == http::error::body_limit)
      reading.refuse_with = options_.too_large_status;
    else if (ec && ec != http::error::need_more)
      reading.refuse_with = 400;
    if (reading.refuse_with != 0) co_return false;
    if (parser.is_done()) break;
    if (parser.is_header_done() && !reading.continued) {
      reading.continued = true;
      if (boost::beast::iequals(parser.get()[http::field::expect], "100-continue") &&
          !co_await connection_->write(asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25)))
        co_return false;
    }
    const std::size_t had = buffer_.size();
    buffer_.resize(had + (parser.is_header_done() ? kPieceBytes : 16 * 1024));
    const std::size_t n =
        co_await connection_->read_some(asio::buffer(buffer_.data() + had, buffer_.size() - had));
    buffer_.resize(had + n);
    touch();
    if (n == 0) co_return false;
  }
  co_return true;
}

/// Refuses a request without having read its body; what the client still sends is thrown away for a while.
asio::awaitable<bool> Session::answer_too_large(unsigned status) {
  HttpReply reply;
  reply.status = status;
  reply.body = fmt::format("{} {}\r\n", status, status_text(status));
  if (status == options_.too_large_status && !options_.too_large_page.empty()) {
    reply.content_type = "text/html";
    reply.body = options_.too_large_page;
  }
  reply.close = true;
  co_await send(std::move(reply), false, false);
  buffer_.resize(kPieceBytes);
  for (std::uint64_t drained = 0; drained < kMaxDrainBytes;) {
    const std::size_t n = co_await connection_->read_some(asio::buffer(buffer_.data(), buffer_.size()));
    if (n == 0) break;
    drained += n;
    touch();
  }
  co_return false;
}

std::string Session::head_of(const HttpReply& reply, bool keep_alive) const {
  std::string out =
      fmt::format("HTTP/1.1 {} {}\r\nServer: {}\r\n", reply.status, status_text(reply.status), options_.name);
  if (!reply.content_type.empty()) out += fmt::format("Content-Type: {}\r\n", reply.content_type);
  for (const auto& [name, value] : reply.headers) out += fmt::format("{}: {}\r\n", name, value);
  if (reply.stream || reply.feed)
    out += "Transfer-Encoding: chunked\r\n";
  else if (reply.status != 204)
    out += fmt::format("Content-Length: {}\r\n", reply.body.size());
  out += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return out;
}

asio::awaitable<bool> Session::send(HttpReply reply, bool keep_alive, bool head_only) {
  const bool keep = keep_alive && !reply.close;
  if (reply.delay.count() > 0) co_await pause(reply.delay);
  std::string head = head_of(reply, keep);
  const bool plain = reply.bytes_per_second == 0 && reply.reset_after_bytes == ~0ULL;
  const bool small = !reply.stream && !reply.feed && plain && reply.body.size() < kPieceBytes;
  if (small && !head_only) head += reply.body;
  touch();
  if (!co_await connection_->write(asio::buffer(head))) co_return false;
  if (small || head_only) co_return keep;
  bool sent = false;
  if (reply.feed)
    sent = co_await send_feed(reply);
  else
    sent = reply.stream ? co_await send_stream(reply) : co_await send_body(reply);
  co_return sent&& keep;
}

asio::awaitable<bool> Session::send_feed(const HttpReply& reply) {
  for (;;) {
    const auto text = reply.feed();
    if (!text) co_return co_await connection_->write(asio::buffer("0\r\n\r\n", 5));
    if (!text->empty()) {
      const std::string chunk = fmt::format("{:x}\r\n{}\r\n", text->size(), *text);
      touch();
      if (!co_await connection_->write(asio::buffer(chunk))) co_return false;
    }
    co_await pause(reply.feed_interval);
    if (!connection_->socket().is_open()) co_return false;
  }
}

asio::awaitable<bool> Session::send_body(HttpReply& reply) {
  const std::string_view body = reply.body;
  for (std::size_t at = 0; at < body.size(); at += kPieceBytes)
    if (!co_await send_paced(body.substr(at, kPieceBytes), reply, at)) co_return false;
  co_return true;
}

asio::awaitable<bool> Session::send_stream(HttpReply& reply) {
  constexpr std::size_t kRoom = 18;  // for the chunk's size in front of it
  std::string piece(kRoom + kPieceBytes + 2, '\0');
  for (std::uint64_t sent = 0;;) {
    const auto space = std::as_writable_bytes(std::span(piece.data() + kRoom, kPieceBytes));
    const auto n = read_full(*reply.stream, space);
    if (!n) {  // headers are out: all that is left is to break off
      log_error(fmt::format("reply broken off: {}", n.error().what));
      connection_->reset();
      co_return false;
    }
    if (*n == 0) co_return co_await connection_->write(asio::buffer("0\r\n\r\n", 5));
    const std::string size = fmt::format("{:x}\r\n", *n);
    const std::size_t from = kRoom - size.size();
    std::copy(size.begin(), size.end(), piece.begin() + static_cast<std::ptrdiff_t>(from));
    piece[kRoom + *n] = '\r';
    piece[kRoom + *n + 1] = '\n';
    if (!co_await send_paced(std::string_view(piece).substr(from, size.size() + *n + 2), reply, sent))
      co_return false;
    sent += *n;
  }
}

/// Writes at the reply's pace and resets where it says so.
asio::awaitable<bool> Session::send_paced(std::string_view bytes, const HttpReply& reply,
                                          std::uint64_t body_bytes_before) {
  constexpr int kStepsPerSecond = 20;
  const std::uint64_t left =
      reply.reset_after_bytes < body_bytes_before ? 0 : reply.reset_after_bytes - body_bytes_before;
  const bool reset = bytes.size() > left;
  if (reset) bytes = bytes.substr(0, left);
  const std::size_t step = reply.bytes_per_second == 0
                               ? bytes.size()
                               : std::max<std::size_t>(1, reply.bytes_per_second / kStepsPerSecond);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    touch();
    const auto piece = bytes.substr(at, step);
    if (!co_await connection_->write(asio::buffer(piece.data(), piece.size()))) co_return false;
    if (reply.bytes_per_second != 0) co_await pause(std::chrono::milliseconds(1000 / kStepsPerSecond));
  }
  if (reset) {
    co_await pause(std::chrono::milliseconds(20));  // lets the peer read what came before
    connection_->reset();
  }
  co_return !reset;
}

}  // namespace mk::net
