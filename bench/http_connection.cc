#include "http_connection.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>

namespace mk::bench {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

Error socket_error(const char* what) {
  return {Code::kUnavailable, fmt::format("{}: {}", what, std::generic_category().message(errno))};
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// The value of a header, in lower case; empty when it is not there.
std::string header(std::string_view head, std::string_view name) {
  std::string lower(head);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t at = lower.find(fmt::format("\r\n{}:", name));
  if (at == std::string::npos) return {};
  const std::size_t begin = lower.find_first_not_of(' ', at + name.size() + 3);
  return lower.substr(begin, lower.find("\r\n", begin) - begin);
}

}  // namespace

Result<HttpConnection> HttpConnection::connect(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return socket_error("socket");
  HttpConnection connection(fd);
  const auto address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return socket_error("connect");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connection;
}

HttpConnection::HttpConnection(HttpConnection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)), at_(other.at_) {}
HttpConnection::~HttpConnection() {
  if (fd_ >= 0) ::close(fd_);
}

Result<bool> HttpConnection::fill() {
  buffer_.erase(0, std::exchange(at_, 0));
  const std::size_t old = buffer_.size();
  buffer_.resize(old + kReadBytes);
  const ssize_t n = ::recv(fd_, buffer_.data() + old, kReadBytes, 0);
  buffer_.resize(old + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  if (n < 0) return socket_error("recv");
  return n > 0;
}

Result<std::string> HttpConnection::read_head() {
  for (;;) {
    const std::size_t end = buffer_.find("\r\n\r\n", at_);
    if (end != std::string::npos) {
      std::string head = buffer_.substr(at_, end + 4 - at_);
      at_ = end + 4;
      return head;
    }
    const bool fresh = at_ == buffer_.size();
    TRY_ASSIGN(const bool more, fill());
    if (!more && fresh) return std::string();
    if (!more) return Error{Code::kTruncated, "the connection closed within a message"};
  }
}

Status HttpConnection::read_exactly(std::size_t n, std::string* out) {
  while (n > 0) {
    if (at_ == buffer_.size()) {
      TRY_ASSIGN(const bool more, fill());
      if (!more) return Error{Code::kTruncated, "the connection closed within a body"};
    }
    const std::size_t part = std::min(n, buffer_.size() - at_);
    if (out != nullptr) out->append(buffer_, at_, part);
    at_ += part;
    n -= part;
  }
  return ok;
}

Status HttpConnection::read_chunks(std::string& out) {
  for (;;) {
    std::string line;
    while (!line.ends_with("\r\n")) TRY(read_exactly(1, &line));
    const std::size_t n = std::stoul(line, nullptr, 16);
    TRY(read_exactly(n, &out));
    std::string end;
    TRY(read_exactly(2, &end));  // no trailers: our simulator sends none
    if (n == 0) return ok;
  }
}

Result<std::optional<HttpMessage>> HttpConnection::read() {
  HttpMessage message;
  TRY_ASSIGN(message.head, read_head());
  if (message.head.empty()) return std::optional<HttpMessage>();
  if (header(message.head, "transfer-encoding") == "chunked") {
    TRY(read_chunks(message.body));
  } else if (const auto length = header(message.head, "content-length"); !length.empty()) {
    TRY(read_exactly(std::stoul(length), &message.body));
  }
  return std::optional(std::move(message));
}

Result<std::size_t> HttpConnection::read_and_discard() {
  TRY_ASSIGN(const std::string head, read_head());
  const auto length = header(head, "content-length");
  if (length.empty()) return Error{Code::kCorrupt, "an answer without Content-Length"};
  TRY(read_exactly(std::stoul(length), nullptr));
  return std::size_t{std::stoul(length)};
}

Status HttpConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) return socket_error("send");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return ok;
}

Result<Listener> listen_on_loopback() {
  Listener listener;
  listener.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (listener.fd < 0 ||
      ::bind(listener.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener.fd, 64) != 0 ||
      ::getsockname(listener.fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return socket_error("listen");
  listener.port = ntohs(address.sin_port);
  return listener;
}

}  // namespace mk::bench
