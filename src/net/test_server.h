#pragma once
// For tests only: a small web server with threads of its own that can misbehave in every way we know of.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
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

/// The connection to one client, as it is. `false` and 0: it is over.
class TestLink {
 public:
  explicit TestLink(int fd) : fd_(fd) {}
  virtual ~TestLink() = default;
  virtual bool open() { return true; }
  virtual long receive(char* out, std::size_t n) { return recv(fd_, out, n, 0); }
  virtual long send_some(const char* bytes, std::size_t n) { return send(fd_, bytes, n, MSG_NOSIGNAL); }

  bool send_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const long n = send_some(bytes.data(), bytes.size());
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void reset_when_closed() {
    const linger now{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }

 private:
  int fd_;
};

class TestServer {
 public:
  /// Gives the answer to a request (head and body).
  using Handler = std::function<TestReply(const std::string& request)>;

  /// Makes the link of a connection; a test that wants TLS gives its own.
  using MakeLink = std::function<std::unique_ptr<TestLink>(int fd)>;
  static std::unique_ptr<TestLink> plain(int fd) { return std::make_unique<TestLink>(fd); }

  explicit TestServer(Handler handler, MakeLink make_link = plain)
      : handler_(std::move(handler)), make_link_(std::move(make_link)) {
    std::signal(SIGPIPE, SIG_IGN);
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
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  unsigned port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/EWS/Exchange.asmx"; }
  std::size_t connections() const {
    const std::lock_guard lock(mutex_);
    return served_.size();
  }
  /// Larger requests get `answer` before their body is read, as IIS does it, and the connection is closed.
  void refuse_bodies_above(std::uint64_t bytes, std::string answer) {
    limit_ = bytes, too_large_ = std::move(answer);
  }
  /// Keeps only the beginning of request bodies: a test that sends much would measure the server.
  void discard_bodies() { discard_ = true; }

 private:
  void run() {
    for (int fd = accept(listener_, nullptr, nullptr); fd >= 0 && !stop_;
         fd = accept(listener_, nullptr, nullptr)) {
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      served_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    {
      const auto link = make_link_(fd);
      bool good = link->open();
      while (good && !stop_) good = serve_one(*link);
    }
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    close(fd);
  }

  bool serve_one(TestLink& link) {
    std::string request;
    std::size_t head_end = std::string::npos;
    for (std::vector<char> buffer(65536); (head_end = request.find("\r\n\r\n")) == std::string::npos;) {
      const auto n = link.receive(buffer.data(), buffer.size());
      if (n <= 0) return false;
      request.append(buffer.data(), static_cast<std::size_t>(n));
    }
    head_end += 4;
    const std::size_t at = request.find("Content-Length: ");
    const std::uint64_t length = at < head_end ? std::stoull(request.substr(at + 16)) : 0;
    if (length > limit_) {
      link.send_all(too_large_);
      return false;
    }
    if (!receive_body(link, request, head_end, length)) return false;
    const TestReply reply = handler_(request);
    for (std::size_t i = 0; i < reply.bytes.size() && !stop_; i += reply.piece_bytes) {
      if (reply.before_piece.count() > 0) std::this_thread::sleep_for(reply.before_piece);
      if (!link.send_all(std::string_view(reply.bytes).substr(i, reply.piece_bytes))) return false;
    }
    if (reply.reset) link.reset_when_closed();
    return !reply.reset;
  }

  bool receive_body(TestLink& link, std::string& request, std::size_t head_end, std::uint64_t length) {
    std::uint64_t have = request.size() - head_end;
    for (std::vector<char> buffer(65536); have < length;) {
      const auto n = link.receive(buffer.data(), buffer.size());
      if (n <= 0) return false;
      have += static_cast<std::uint64_t>(n);
      // the beginning tells the operation, whether or not it came together with the head
      if (!discard_ || request.size() < 4096) request.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return true;
  }

  Handler handler_;
  MakeLink make_link_;
  int listener_ = -1;
  unsigned port_ = 0;
  std::uint64_t limit_ = ~std::uint64_t{0};
  std::string too_large_;
  std::atomic<bool> discard_ = false, stop_ = false;
  mutable std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> served_;  // one for each connection there was
  std::thread thread_;
};

}  // namespace mk::net
