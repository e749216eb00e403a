#include "net/http_client.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "net/rate_limit.h"
#include "net/test_server.h"

namespace mk::net {
namespace {

class Keep final : public HttpReceiver {
 public:
  HttpHead got;
  std::string body_bytes;
  int n_heads = 0;
  bool refuse = false;
  Status head(const HttpHead& head) override {
    got = head;
    ++n_heads;
    return ok;
  }
  Status body(Bytes piece) override {
    body_bytes += as_chars(piece);
    return refuse ? Status(Error{Code::kExhausted, "disk full"}) : Status(ok);
  }
};

HttpOptions options_for(const std::string& url) {
  HttpOptions o;
  o.url = url;
  o.credentials = {AuthScheme::kBasic, "anna", SecretString("secret:pw")};
  o.connect_timeout = std::chrono::seconds(5);
  o.stall_timeout = std::chrono::seconds(1);
  return o;
}

Status post(const HttpOptions& o, Keep& keep, const std::string& body = "<q/>", std::uint64_t max = 1 << 20) {
  auto client = HttpClient::create(o);
  if (!client) return client.error();
  return (*client)->post({make_memory_blob(body), "text/xml", max}, keep);
}

TEST(HttpClient, SendsTheBodyWithLoginAndHeadersAndKeepsTheConnection) {
  std::string seen;
  TestServer server([&](const std::string& request) {
    seen = request;
    return TestReply{http_answer(200, "<a/>")};
  });
  auto o = options_for(server.url());
  o.headers = {{"X-AnchorMailbox", "anna@example.test"}};
  auto client = HttpClient::create(o);
  ASSERT_TRUE(client);
  for (int i = 0; i < 3; ++i) {
    Keep keep;
    ASSERT_TRUE((*client)->post({make_memory_blob("<question/>"), "text/xml", 100}, keep));
    EXPECT_EQ(keep.body_bytes, "<a/>");
    EXPECT_EQ(keep.got.status, 200);
    EXPECT_EQ(keep.got.content_type, "text/xml; charset=utf-8");
    EXPECT_EQ(keep.n_heads, 1);
  }
  EXPECT_EQ((*client)->sent(), 11u);
  EXPECT_EQ(server.connections(), 1u);
  EXPECT_TRUE(seen.starts_with("POST /EWS/Exchange.asmx HTTP/1.1\r\n"));
  EXPECT_NE(seen.find("Authorization: Basic YW5uYTpzZWNyZXQ6cHc="), std::string::npos);
  EXPECT_NE(seen.find("X-AnchorMailbox: anna@example.test"), std::string::npos);
  EXPECT_NE(seen.find("User-Agent: mailkeep"), std::string::npos);
  EXPECT_EQ(seen.find("Expect:"), std::string::npos);
  EXPECT_TRUE(seen.ends_with("\r\n\r\n<question/>"));
}

TEST(HttpClient, SendsABearerToken) {
  std::string seen;
  TestServer server([&](const std::string& request) {
    seen = request;
    return TestReply{http_answer(200, "")};
  });
  auto o = options_for(server.url());
  o.credentials = {AuthScheme::kBearer, "", SecretString("tok.en")};
  Keep keep;
  ASSERT_TRUE(post(o, keep));
  EXPECT_NE(seen.find("Authorization: Bearer tok.en\r\n"), std::string::npos);
}

TEST(HttpClient, SendsEachMethodOverOneConnection) {
  std::vector<std::string> seen;
  TestServer server([&](const std::string& request) {
    seen.push_back(request);
    if (request.starts_with("HEAD"))
      return TestReply{"HTTP/1.1 200 X\r\nContent-Length: 77\r\nETag: \"e\"\r\n\r\n"};
    return TestReply{http_answer(200, "body", "a/b", "Date: Fri, 15 Jan 2027 08:00:00 GMT\r\nX-Y:  z \r\n")};
  });
  auto o = options_for(server.url());
  o.url = o.url.substr(0, o.url.rfind("/EWS"));
  o.compressed = false;
  auto client = HttpClient::create(o);
  ASSERT_TRUE(client);
  const auto send = [&](const std::string& method, const std::string& target, BlobPtr body) {
    Keep keep;
    EXPECT_TRUE((*client)->send({method, target, {{"X-Own", "1"}}, std::move(body), 100, true}, keep));
    return keep;
  };
  send("PUT", "/a/../b?c=%20", make_memory_blob("content"));
  const Keep head = send("HEAD", "/b", nullptr);
  const Keep got = send("GET", "/b", nullptr);
  send("DELETE", "/b", nullptr);
  send("POST", "/b?uploads=", nullptr);
  send("PUT", "/empty", make_memory_blob(""));
  send("GET", "/b", nullptr);
  EXPECT_EQ(server.connections(), 1u);
  const char* lines[] = {"PUT /a/../b?c=%20 ", "HEAD /b ",    "GET /b ", "DELETE /b ",
                         "POST /b?uploads= ",  "PUT /empty ", "GET /b "};
  ASSERT_EQ(seen.size(), std::size(lines));
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_TRUE(seen[i].starts_with(std::string(lines[i]) + "HTTP/1.1\r\n")) << seen[i];
    EXPECT_NE(seen[i].find("X-Own: 1\r\n"), std::string::npos);
    EXPECT_EQ(seen[i].find("Accept-Encoding"), std::string::npos);
  }
  EXPECT_NE(seen[0].find("Content-Length: 7\r\n"), std::string::npos);
  EXPECT_TRUE(seen[0].ends_with("\r\n\r\ncontent"));
  for (const std::size_t i : {4u, 5u})
    EXPECT_NE(seen[i].find("Content-Length: 0\r\n"), std::string::npos) << seen[i];
  for (const std::size_t i : {1u, 2u, 3u, 6u})
    EXPECT_EQ(seen[i].find("Content-Length"), std::string::npos) << seen[i];
  EXPECT_EQ(head.got.header("content-length"), "77");
  EXPECT_EQ(head.got.header("etag"), "\"e\"");
  EXPECT_EQ(head.got.date(), std::nullopt);
  EXPECT_TRUE(head.body_bytes.empty() && got.body_bytes == "body");
  EXPECT_EQ(got.got.header("x-y"), "z");
  EXPECT_EQ(got.got.date(), std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000)));
}

TEST(HttpClient, KeepsControlCharactersOutOfRequests) {
  TestServer server([](const std::string&) { return TestReply{http_answer(200, "")}; });
  auto client = HttpClient::create(options_for(server.url()));
  ASSERT_TRUE(client);
  Keep keep;
  EXPECT_EQ((*client)->send({"GET", "/a\r\nB: c", {}, nullptr, 100, true}, keep).error().code,
            Code::kInvalid);
  EXPECT_EQ((*client)->send({"GET", "/a", {{"B", "c\r\nD: e"}}, nullptr, 100, true}, keep).error().code,
            Code::kInvalid);
  EXPECT_EQ(server.connections(), 0u);
}

TEST(HttpClient, HandsErrorStatusesAndRedirectionsOn) {
  std::atomic<int> n = 0;
  TestServer server([&](const std::string&) {
    ++n;
    return TestReply{n == 1   ? http_answer(503, "busy", "text/plain", "Retry-After: 17\r\n")
                     : n == 2 ? http_answer(302, "", "text/html", "Location: http://elsewhere.invalid/\r\n")
                              : http_answer(401, "", "text/html", "WWW-Authenticate: Basic realm=\"x\"\r\n")};
  });
  Keep busy, moved, refused;
  ASSERT_TRUE(post(options_for(server.url()), busy));
  EXPECT_TRUE(busy.got.status == 503 && busy.got.retry_after == std::chrono::seconds(17));
  ASSERT_TRUE(post(options_for(server.url()), moved));
  EXPECT_TRUE(moved.got.status == 302 && moved.got.location == "http://elsewhere.invalid/");
  ASSERT_TRUE(post(options_for(server.url()), refused));
  EXPECT_EQ(refused.got.status, 401);
  EXPECT_EQ(n, 3) << "nothing is followed, and a refused login is not tried again";
}

TEST(HttpClient, TellsBrokenAndCutAnswers) {
  const std::string whole = http_answer(200, std::string(1000, 'x'));
  struct Row {
    std::string sent;
    Code code;
    std::size_t body_bytes;
  };
  const Row rows[] = {{whole.substr(0, whole.size() - 500), Code::kUnavailable, 500},
                      {"", Code::kUnavailable, 0},
                      {"220 mail.example.test ESMTP\r\n", Code::kInvalid, 0}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sent.substr(0, 20));
    TestServer server([&row](const std::string&) { return TestReply{row.sent, true}; });
    Keep keep;
    const auto failed = post(options_for(server.url()), keep);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, row.code) << failed.error().what;
    EXPECT_EQ(keep.body_bytes.size(), row.body_bytes);
  }
}

TEST(HttpClient, SendsWhatMayHaveBeenCarriedOutOnlyOnce) {
  for (const bool once : {false, true}) {
    std::atomic<int> n = 0;
    TestServer server(
        [&](const std::string&) { return ++n == 2 ? TestReply{"", true} : TestReply{http_answer(200, "")}; });
    auto client = HttpClient::create(options_for(server.url()));
    ASSERT_TRUE(client);
    Keep keep;
    const HttpClient::Post request{make_memory_blob("<create/>"), "text/xml", 100, once};
    ASSERT_TRUE((*client)->post(request, keep));
    const auto status = (*client)->post(request, keep);
    EXPECT_EQ(static_cast<bool>(status), !once);
    EXPECT_EQ(n, once ? 2 : 3);
    if (once) {
      EXPECT_EQ(status.error().code, Code::kUnavailable);
    }
    EXPECT_EQ((*client)->sent(), 9u);
  }
}

TEST(HttpClient, GivesUpOnAServerThatStallsOrTrickles) {
  TestServer silent([](const std::string&) {
    return TestReply{http_answer(200, "x"), false, 1000, std::chrono::seconds(3)};
  });
  TestServer slow([](const std::string&) {
    return TestReply{http_answer(200, std::string(1000, 'x')), false, 10, std::chrono::milliseconds(250)};
  });
  for (const TestServer* server : {&silent, &slow}) {
    Keep keep;
    const auto status = post(options_for(server->url()), keep);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kUnavailable);
    EXPECT_NE(status.error().what.find("timed out"), std::string::npos) << status.error().what;
  }
}

/// Seconds that one download and one upload of so many bytes take together.
double seconds_at(const TestServer& server, std::size_t bytes, std::uint64_t bytes_per_second) {
  auto o = options_for(server.url());
  o.rate_limit = std::make_shared<RateLimit>(bytes_per_second);
  const auto begin = system_clock().steady();
  Keep keep;
  EXPECT_TRUE(post(o, keep, std::string(bytes, 'q')));
  EXPECT_EQ(keep.body_bytes.size(), bytes);
  return std::chrono::duration<double>(system_clock().steady() - begin).count();
}

TEST(HttpClient, KeepsToItsRateLimitInBothDirections) {
  constexpr std::size_t kBytes = 200'000;
  TestServer server([](const std::string&) { return TestReply{http_answer(200, std::string(kBytes, 'a'))}; });
  const double slow = seconds_at(server, kBytes, 400'000), fast = seconds_at(server, kBytes, 4'000'000);
  EXPECT_GT(slow, 0.85) << "400,000 bytes at 400,000 a second, less what passes at once";
  EXPECT_GT(slow / fast, 2);
}

TEST(HttpClient, SharesItsRateLimitWithOtherConnections) {
  constexpr std::size_t kBytes = 100'000;
  TestServer server([](const std::string&) { return TestReply{http_answer(200, std::string(kBytes, 'a'))}; });
  auto o = options_for(server.url());
  o.rate_limit = std::make_shared<RateLimit>(400'000);
  const auto begin = system_clock().steady();
  {
    std::vector<std::jthread> connections;
    for (int i = 0; i < 4; ++i)
      connections.emplace_back([&o] {
        Keep keep;
        EXPECT_TRUE(post(o, keep));
      });
  }
  EXPECT_GT(std::chrono::duration<double>(system_clock().steady() - begin).count(), 0.85);
}

TEST(HttpClient, DoesNotTakeItsOwnWaitsForAServerThatStalls) {
  TestServer server([](const std::string&) { return TestReply{http_answer(200, "<a/>")}; });
  auto o = options_for(server.url());
  o.rate_limit = std::make_shared<RateLimit>(60);  // below what a server may not be
  Keep keep;
  const auto status = post(o, keep, std::string(150, 'q'));
  EXPECT_TRUE(status) << status.error().what;
  TestServer silent([](const std::string&) {
    return TestReply{http_answer(200, "x"), false, 1000, std::chrono::seconds(3)};
  });
  o.url = silent.url();
  EXPECT_FALSE(post(o, keep)) << "with a limit, too";
}

TEST(HttpClient, LimitsWhatIsOnTheWire) {
  // 1 MB of one letter, as gzip packs it: 1 KB
  const std::string path = testing::TempDir() + "packed" + std::to_string(getpid());
  ASSERT_EQ(std::system(("head -c 1000000 /dev/zero | gzip > " + path).c_str()), 0);
  std::ifstream in(path);
  const std::string packed(std::istreambuf_iterator<char>(in), {});
  std::filesystem::remove(path);
  TestServer server([&](const std::string&) {
    return TestReply{http_answer(200, packed, "text/xml", "Content-Encoding: gzip\r\n")};
  });
  auto o = options_for(server.url());
  o.rate_limit = std::make_shared<RateLimit>(50'000);
  const auto begin = system_clock().steady();
  Keep keep;
  ASSERT_TRUE(post(o, keep, "<q/>", 2'000'000));
  EXPECT_EQ(keep.body_bytes.size(), 1'000'000u);
  EXPECT_LT(system_clock().steady() - begin, std::chrono::seconds(10)) << "unpacked it would take 20 s";
}

TEST(HttpClient, StopsAtTheLimitAndAtTheReceiversError) {
  TestServer server([](const std::string&) { return TestReply{http_answer(200, std::string(5000, 'x'))}; });
  Keep keep;
  EXPECT_EQ(post(options_for(server.url()), keep, "q", 4999).error().code, Code::kExhausted);
  Keep full;
  full.refuse = true;
  EXPECT_EQ(post(options_for(server.url()), full).error().what, "disk full");
}

TEST(HttpClient, SeesAnAnswerThatComesBeforeItsBodyWasSent) {
  TestServer server([](const std::string&) { return TestReply{}; });
  server.refuse_bodies_above(1000,
                             "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  Keep keep;
  const auto status = post(options_for(server.url()), keep, std::string(100'000, 'x'));
  // depending on what arrives first it is the answer or the closed connection
  EXPECT_TRUE(status ? keep.got.status == 413 : status.error().code == Code::kUnavailable);
}

TEST(HttpClient, NamesTheCauseWhenThereIsNoServer) {
  Keep keep;
  std::string gone;
  {
    gone = TestServer([](const std::string&) { return TestReply{}; }).url();
  }
  const auto refused = post(options_for(gone), keep);
  EXPECT_TRUE(refused.error().code == Code::kUnavailable &&
              refused.error().what.find("cannot connect") != std::string::npos);
  const auto unknown = post(options_for("https://no-such-host.invalid/"), keep);
  EXPECT_TRUE(unknown.error().code == Code::kUnavailable &&
              unknown.error().what.find("unknown host") != std::string::npos);
  for (const char* bad : {"ftp://x/", "", "mail.example.test", "https://x/\r\nA: b"})
    EXPECT_EQ(post(options_for(bad), keep).error().code, Code::kInvalid) << bad;
  for (const auto& error : {refused.error(), unknown.error()})
    EXPECT_EQ(error.what.find("secret"), std::string::npos);
}

/// TLS with a certificate and its key.
class TlsLink final : public TestLink {
 public:
  TlsLink(int fd, SSL_CTX* context) : TestLink(fd), tls_(SSL_new(context)) { SSL_set_fd(tls_, fd); }
  ~TlsLink() override { SSL_free(tls_); }
  bool open() override { return SSL_accept(tls_) == 1; }
  long receive(char* out, std::size_t n) override { return SSL_read(tls_, out, static_cast<int>(n)); }
  long send_some(const char* bytes, std::size_t n) override {
    return SSL_write(tls_, bytes, static_cast<int>(n));
  }

 private:
  SSL* tls_;
};

TestServer::MakeLink tls_with(const std::string& certificate, const std::string& key) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  MK_CHECK(SSL_CTX_use_certificate_file(context.get(), certificate.c_str(), SSL_FILETYPE_PEM) == 1);
  MK_CHECK(SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) == 1);
  return [context](int fd) { return std::make_unique<TlsLink>(fd, context.get()); };
}

/// A directory with certificates that the openssl program makes.
class Certificates : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() / ("mk-certificates-" + std::to_string(getpid()));
    std::filesystem::create_directories(dir_);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string path(const std::string& name) const { return (dir_ / name).string(); }

  /// A self-signed certificate `name`.pem for `host` with its key `name`.key.
  void make(const std::string& name, const std::string& host, const std::string& more) {
    const std::string command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=" + host +
                                " -addext subjectAltName=DNS:" + host + " -keyout " + path(name + ".key") +
                                " -out " + path(name + ".pem") + " " + more + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  /// One that ended long ago.
  void make_expired(const std::string& name) {
    const std::string key = path(name + ".key"), request = path("request"), index = path("index.txt");
    const std::string command =
        "openssl req -new -newkey rsa:2048 -nodes -subj /CN=localhost -keyout " + key + " -out " + request +
        " 2>/dev/null && : > " + index + " && openssl rand -hex 8 > " + path("serial") +
        " && printf '[ca]\\ndefault_ca=d\\n[d]\\n" + "database=" + index + "\\nserial=" + path("serial") +
        "\\nnew_certs_dir=" + dir_.string() +
        "\\ndefault_md=sha256\\npolicy=p\\n[p]\\ncommonName=supplied\\n' > " + path("ca.conf") +
        " && openssl ca -batch -config " + path("ca.conf") + " -selfsign -keyfile " + key + " -in " +
        request + " -out " + path(name + ".pem") +
        " -startdate 20200101000000Z -enddate 20200102000000Z -notext 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  std::filesystem::path dir_;
};

TEST_F(Certificates, AreVerifiedUnlessToldOtherwise) {
  make("good", "localhost", "-days 2");
  make("other", "elsewhere.test", "-days 2");
  make_expired("old");
  struct Row {
    const char *name, *certificate, *ca;
    bool insecure, trusted;
  };
  const Row rows[] = {{"self-signed", "good", "", false, false},
                      {"given as authority", "good", "good", false, true},
                      {"insecure", "good", "", true, true},
                      {"of another host", "other", "other", false, false},
                      {"expired", "old", "old", false, false}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const std::string certificate = row.certificate;
    TestServer server([](const std::string&) { return TestReply{http_answer(200, "<a/>")}; },
                      tls_with(path(certificate + ".pem"), path(certificate + ".key")));
    auto o = options_for("https://localhost:" + std::to_string(server.port()) + "/");
    if (*row.ca != '\0') o.ca_file = path(std::string(row.ca) + ".pem");
    o.insecure = row.insecure;
    Keep keep;
    const auto status = post(o, keep);
    EXPECT_EQ(static_cast<bool>(status), row.trusted);
    if (status) continue;
    EXPECT_EQ(status.error().code, Code::kDenied) << status.error().what;
    EXPECT_NE(status.error().what.find("--ca-file"), std::string::npos);
  }
  TestServer server([](const std::string&) { return TestReply{http_answer(200, "<a/>")}; },
                    tls_with(path("good.pem"), path("good.key")));
  auto o = options_for("https://localhost:" + std::to_string(server.port()) + "/");
  o.ca_file = path("absent.pem");
  Keep keep;
  EXPECT_EQ(post(o, keep).error().code, Code::kInvalid);
}

TEST(HttpClient, SaysThatAPortDoesNotSpeakTls) {
  TestServer server([](const std::string&) { return TestReply{http_answer(200, "")}; });
  Keep keep;
  auto o = options_for("https" + server.url().substr(4));
  o.connect_timeout = std::chrono::milliseconds(500);
  const auto status = post(o, keep);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnavailable);
  EXPECT_NE(status.error().what.find("SSL"), std::string::npos) << status.error().what;
}

}  // namespace
}  // namespace mk::net
