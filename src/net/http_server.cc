#include "net/http_server.h"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <thread>

#include "net/session.h"

namespace mk::net {
namespace {

using boost::system::error_code;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

Status load_certificate(asio::ssl::context& tls, const HttpServerOptions& options) {
  error_code ec;
  tls.use_certificate_chain(asio::buffer(options.certificate_pem), ec);
  if (ec) return Error{Code::kInvalid, fmt::format("TLS certificate: {}", ec.message())};
  tls.use_private_key(asio::buffer(options.key_pem), asio::ssl::context::pem, ec);
  if (ec) return Error{Code::kInvalid, fmt::format("TLS key: {}", ec.message())};
  tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, ec);
  return ok;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (equal_ignoring_case(key, name)) return value;
  return {};
}

std::string_view status_text(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Request Entity Too Large";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

struct HttpServer::State {
  State(HttpServerOptions o, Handler h) : options(std::move(o)), handler(std::move(h)), acceptor(io) {}
  ~State() {
    io.stop();
    threads.clear();  // joins
  }

  Status listen();
  asio::awaitable<void> accept();

  HttpServerOptions options;
  Handler handler;
  std::optional<asio::ssl::context> tls;
  asio::io_context io;
  tcp::acceptor acceptor;
  std::atomic<std::size_t> connections = 0;
  std::vector<std::jthread> threads;
};

Status HttpServer::State::listen() {
  if (!options.certificate_pem.empty()) {
    tls.emplace(asio::ssl::context::tls_server);
    TRY(load_certificate(*tls, options));
  }
  error_code ec;
  const auto address = asio::ip::make_address(options.address, ec);
  if (ec) return Error{Code::kInvalid, fmt::format("address {}: not an IP address", options.address)};
  const tcp::endpoint where(address, options.port);
  acceptor.open(where.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(where, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (ec)
    return Error{Code::kConflict,
                 fmt::format("listening on {}:{}: {}", options.address, options.port, ec.message())};
  return ok;
}

asio::awaitable<void> HttpServer::State::accept() {
  asio::steady_timer pause(io);
  for (;;) {
    error_code ec;
    tcp::socket socket(asio::make_strand(io));
    co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, ec));
    if (ec == asio::error::operation_aborted) co_return;
    if (ec) {  // no more descriptors, for example: some may be free a little later
      pause.expires_after(std::chrono::milliseconds(50));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      continue;
    }
    if (connections >= options.max_connections) continue;
    const auto strand = socket.get_executor();
    auto connection =
        tls ? make_tls_connection(std::move(socket), *tls) : make_plain_connection(std::move(socket));
    auto session = std::make_shared<Session>(std::move(connection), options, handler);
    ++connections;
    asio::co_spawn(
        strand, [session] { return session->run(); }, [session, this](std::exception_ptr) { --connections; });
  }
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, Handler handler) {
  auto state = std::make_unique<State>(std::move(options), std::move(handler));
  TRY(state->listen());
  asio::co_spawn(state->io, state->accept(), asio::detached);
  for (unsigned i = 0; i < std::max(1U, state->options.threads); ++i)
    state->threads.emplace_back([s = state.get()] { s->io.run(); });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const {
  error_code ec;
  return state_->acceptor.local_endpoint(ec).port();
}

}  // namespace mk::net
