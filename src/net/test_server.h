#pragma once
// For tests only: a small web server with threads of its own that can misbehave in every way we know of.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"

namespace mk::net {

struct TestReply {
  std::string bytes;                          // head and body, as they go over the wire
  bool reset = false;                         // then the connection is reset instead of kept
  std::size_t piece_bytes = 1 << 20;          // sent in pieces ...
  std::chrono::milliseconds before_piece{0};  // ... with a pause before each
};

inline std::string http_answer(int status, const std::string& body,
                               const std::string& type = "text/xml; charset=utf-8",
                               const std::string& more_headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers + "\r\n" + body;
}

class TestServer {
 public:
  /// Gives the answer to a request (head and body).
  using Handler = std::function<TestReply(const std::string& request)>;

  /// With certificate and key files it speaks TLS.
  explicit TestServer(Handler handler, const std::string& certificate = "", const std::string& key = "")
      : handler_(std::move(handler)) {
    std::signal(SIGPIPE, SIG_IGN);
    if (!certificate.empty()) {
      context_ = SSL_CTX_new(TLS_server_method());
      MK_CHECK(SSL_CTX_use_certificate_file(context_, certificate.c_str(), SSL_FILETYPE_PEM) == 1);
      MK_CHECK(SSL_CTX_use_PrivateKey_file(context_, key.c_str(), SSL_FILETYPE_PEM) == 1);
    }
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MK_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
             listen(listener_, 8) == 0);
    socklen_t n = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &n);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~TestServer() {
    stop_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : served_) thread.join();
    close(listener_);
    if (context_ != nullptr) SSL_CTX_free(context_);
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::string url() const {
    return (context_ != nullptr ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) +
           "/EWS/Exchange.asmx";
  }
  std::size_t connections() const { return served_.size(); }
  /// Larger requests get `answer` before their body is read, as IIS does it, and the connection is closed.
  void refuse_bodies_above(std::uint64_t bytes, std::string answer) {
    limit_ = bytes, too_large_ = std::move(answer);
  }
  /// Keeps no request bodies: a test that sends much would measure the server.
  void discard_bodies() { discard_ = true; }

 private:
  struct Link {
    int fd;
    SSL* tls;
  };

  void run() {
    for (int fd = accept(listener_, nullptr, nullptr); fd >= 0 && !stop_;
         fd = accept(listener_, nullptr, nullptr)) {
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      served_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    const Link link{fd, context_ != nullptr ? SSL_new(context_) : nullptr};
    if (link.tls != nullptr) SSL_set_fd(link.tls, fd);
    bool good = link.tls == nullptr || SSL_accept(link.tls) == 1;
    while (good && !stop_) good = serve_one(link);
    if (link.tls != nullptr) SSL_free(link.tls);
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    close(fd);
  }

  bool serve_one(const Link& link) {
    std::string request;
    std::size_t head_end = std::string::npos;
    for (std::vector<char> buffer(65536); (head_end = request.find("\r\n\r\n")) == std::string::npos;) {
      const auto n = receive(link, buffer.data(), buffer.size());
      if (n <= 0) return false;
      request.append(buffer.data(), static_cast<std::size_t>(n));
    }
    head_end += 4;
    const std::size_t at = request.find("Content-Length: ");
    const std::uint64_t length = at < head_end ? std::stoull(request.substr(at + 16)) : 0;
    if (length > limit_) {
      send_all(link, too_large_);
      return false;
    }
    if (!receive_body(link, request, head_end, length)) return false;
    const TestReply reply = handler_(request);
    for (std::size_t i = 0; i < reply.bytes.size() && !stop_; i += reply.piece_bytes) {
      if (reply.before_piece.count() > 0) std::this_thread::sleep_for(reply.before_piece);
      if (!send_all(link, std::string_view(reply.bytes).substr(i, reply.piece_bytes))) return false;
    }
    if (!reply.reset) return true;
    const linger now{1, 0};
    setsockopt(link.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    return false;
  }

  bool receive_body(const Link& link, std::string& request, std::size_t head_end, std::uint64_t length) {
    std::uint64_t have = request.size() - head_end;
    for (std::vector<char> buffer(65536); have < length;) {
      const auto n = receive(link, buffer.data(), buffer.size());
      if (n <= 0) return false;
      have += static_cast<std::uint64_t>(n);
      if (!discard_) request.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return true;
  }

  static long receive(const Link& link, char* out, std::size_t n) {
    return link.tls != nullptr ? SSL_read(link.tls, out, static_cast<int>(n)) : recv(link.fd, out, n, 0);
  }
  static bool send_all(const Link& link, std::string_view bytes) {
    while (!bytes.empty()) {
      const long n = link.tls != nullptr ? SSL_write(link.tls, bytes.data(), static_cast<int>(bytes.size()))
                                         : send(link.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  Handler handler_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  unsigned port_ = 0;
  std::uint64_t limit_ = ~std::uint64_t{0};
  std::string too_large_;
  std::atomic<bool> discard_ = false, stop_ = false;
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> served_;  // one for each connection there was
  std::thread thread_;
};

}  // namespace mk::net
