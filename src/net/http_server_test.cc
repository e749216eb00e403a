#include "net/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "net/certificate.h"

namespace mk::net {
namespace {

using namespace std::chrono_literals;

/// A client that knows nothing of HTTP: bytes out, bytes in.
class Socket {
 public:
  explicit Socket(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  bool connected() const { return connected_; }
  void send(std::string_view bytes) {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  /// Reads until `end` has come, or the connection ends.
  std::string until(std::string_view end) {
    std::string got;
    char buffer[65536];
    while (got.find(end) == std::string::npos) {
      const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) {
        ended_with_reset_ = n < 0;
        break;
      }
      got.append(buffer, static_cast<std::size_t>(n));
    }
    return got;
  }
  std::string all() { return until(std::string(1, '\0') + "never"); }
  bool ended_with_reset() const { return ended_with_reset_; }

 private:
  int fd_;
  bool connected_ = false, ended_with_reset_ = false;
};

class Zeros final : public ByteSource {
 public:
  explicit Zeros(std::uint64_t left) : left_(left) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_));
    std::fill_n(out.begin(), n, std::byte{'0'});
    left_ -= n;
    return n;
  }

 private:
  std::uint64_t left_;
};

HttpReply answer(HttpRequest r) {
  HttpReply reply;
  reply.body = r.method + " " + r.path + "?" + r.query + " " + std::to_string(r.body.size());
  if (r.path == "/stream") reply.stream = std::make_unique<Zeros>(1'000'000);
  if (r.path == "/feed")
    reply.feed = [n = 0]() mutable -> std::optional<std::string> {
      ++n;
      return n > 5 ? std::nullopt : std::optional(n % 2 == 0 ? "tick " : "");
    };
  reply.feed_interval = 40ms;
  if (r.path == "/from") reply.body = r.from;
  if (r.path == "/slow") reply.delay = 200ms;
  if (r.path == "/reset") reply.reset_after_bytes = 5;
  if (r.path == "/throws") throw std::runtime_error("handler");
  return reply;
}

std::unique_ptr<HttpServer> serve(HttpServerOptions options = {}) {
  auto server = HttpServer::start(std::move(options), answer);
  EXPECT_TRUE(server);
  return *std::move(server);
}

TEST(HttpServer, AnswersOneRequestAfterTheOther) {
  const auto server = serve();
  Socket s(server->port());
  s.send(
      "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\nPOST /d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET "
      "/e HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string got = s.all();
  EXPECT_NE(got.find("GET /a?b=c 0"), std::string::npos);
  EXPECT_NE(got.find("POST /d? 3"), std::string::npos);
  EXPECT_NE(got.find("GET /e? 0"), std::string::npos);
}

TEST(HttpServer, TakesRequestsInPiecesAndChunks) {
  const auto server = serve();
  Socket s(server->port());
  for (const char* piece : {"PO", "ST /x HTTP/1.1\r\nTransfer-Enc",
                            "oding: chunked\r\nConnection: close\r\n\r\n3\r\nab", "c\r\n0\r", "\n\r\n"}) {
    s.send(piece);
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_NE(s.all().find("POST /x? 3"), std::string::npos);
}

TEST(HttpServer, ContinuesWhenAskedTo) {
  const auto server = serve();
  Socket s(server->port());
  s.send("POST /x HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
  EXPECT_NE(s.until("\r\n\r\n").find("100 Continue"), std::string::npos);
  s.send("abc");
  EXPECT_NE(s.all().find("POST /x? 3"), std::string::npos);
}

TEST(HttpServer, RefusesBodiesAboveItsLimitWithTheStatusAskedFor) {
  HttpServerOptions options;
  options.max_body_bytes = 1000;
  options.too_large_status = 404;
  const auto server = serve(std::move(options));
  Socket s(server->port());
  s.send("POST /x HTTP/1.1\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'));
  EXPECT_TRUE(s.until("\r\n\r\n").starts_with("HTTP/1.1 404 Not Found"));
}

TEST(HttpServer, RefusesGarbageAndEndlessHeaders) {
  const auto server = serve();
  Socket garbage(server->port());
  garbage.send("\x16\x03\x01\x02garbage\r\n\r\n");
  EXPECT_TRUE(garbage.until("\r\n\r\n").starts_with("HTTP/1.1 400"));
  Socket endless(server->port());
  endless.send("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'));
  EXPECT_TRUE(endless.until("\r\n\r\n").starts_with("HTTP/1.1 400"));
}

TEST(HttpServer, StreamsInChunks) {
  const auto server = serve();
  Socket s(server->port());
  s.send("GET /stream HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string got = s.all();
  EXPECT_EQ(std::count(got.begin() + static_cast<std::ptrdiff_t>(got.find("\r\n\r\n")), got.end(), '0') >=
                1'000'000,
            true);
  EXPECT_TRUE(got.ends_with("0\r\n\r\n"));
}

TEST(HttpServer, DelaysOccupyNoThread) {
  HttpServerOptions options;
  options.threads = 1;
  const auto server = serve(std::move(options));
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Socket>> sockets;
  for (int i = 0; i < 20; ++i) {
    sockets.push_back(std::make_unique<Socket>(server->port()));
    sockets.back()->send("GET /slow HTTP/1.1\r\nConnection: close\r\n\r\n");
  }
  for (auto& s : sockets) EXPECT_NE(s->all().find("GET /slow"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);  // one after the other would take 4
}

TEST(HttpServer, FeedsOccupyNoThread) {
  HttpServerOptions one;
  one.threads = 1;
  const auto server = HttpServer::start(one, answer);
  ASSERT_TRUE(server) << server.error().what;
  std::vector<std::unique_ptr<Socket>> clients;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<Socket>((*server)->port()));
    clients.back()->send("GET /feed HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  for (const auto& client : clients) {
    const std::string got = client->until("0\r\n\r\n");
    EXPECT_NE(got.find("5\r\ntick \r\n5\r\ntick \r\n0\r\n\r\n"), std::string::npos) << got;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20 * 5 * 40ms);
}

TEST(HttpServer, SaysWhoAsks) {
  const auto server = HttpServer::start({}, answer);
  ASSERT_TRUE(server) << server.error().what;
  Socket client((*server)->port());
  client.send("GET /from HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(client.all().find("\r\n\r\n127.0.0.1"), std::string::npos);
}

TEST(HttpServer, ClosesConnectionsAboveItsLimit) {
  HttpServerOptions few;
  few.max_connections = 1;
  const auto server = HttpServer::start(few, answer);
  ASSERT_TRUE(server) << server.error().what;
  Socket first((*server)->port());
  first.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  first.until("GET /a");
  Socket second((*server)->port());
  EXPECT_EQ(second.all(), "");
}

TEST(HttpServer, ResetsWhereItIsToldTo) {
  const auto server = serve();
  Socket s(server->port());
  s.send("GET /reset HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(s.all().ends_with("GET /"));
  EXPECT_TRUE(s.ended_with_reset());
}

TEST(HttpServer, OutlivesAHandlerThatThrows) {
  const auto server = serve();
  Socket s(server->port());
  s.send("GET /throws HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(s.all().starts_with("HTTP/1.1 500"));
}

TEST(HttpServer, ClosesIdleConnections) {
  HttpServerOptions options;
  options.idle_timeout = 100ms;
  const auto server = serve(std::move(options));
  Socket s(server->port());
  s.send("GET / HT");
  EXPECT_EQ(s.all(), "");
}

TEST(HttpServer, NamesWhatIsWrongWithItsOptions) {
  HttpServerOptions options;
  options.address = "nowhere";
  EXPECT_EQ(HttpServer::start(options, answer).error().code, Code::kInvalid);
  options = {};
  options.certificate_pem = options.key_pem = "no PEM";
  EXPECT_EQ(HttpServer::start(options, answer).error().code, Code::kInvalid);
  const auto server = serve();
  options = {};
  options.port = server->port();
  EXPECT_EQ(HttpServer::start(options, answer).error().code, Code::kConflict);
}

TEST(Certificate, IsTakenByTheServer) {
  const auto made = make_self_signed({"localhost", "127.0.0.1"}, 1);
  ASSERT_TRUE(made);
  HttpServerOptions options;
  options.certificate_pem = made->certificate_pem;
  options.key_pem = made->key_pem;
  const auto server = serve(std::move(options));
  Socket s(server->port());
  EXPECT_TRUE(s.connected());
  s.send("GET / HTTP/1.1\r\n\r\n");  // not TLS: no answer in HTTP
  EXPECT_EQ(s.all().find("HTTP/1.1"), std::string::npos);
}

}  // namespace
}  // namespace mk::net
