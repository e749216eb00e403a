#include "net/probe.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "net/certificate.h"
#include "net/http_server.h"
#include "net/test_server.h"

namespace mk::net {
namespace {

constexpr std::chrono::milliseconds kShort(500);

std::unique_ptr<HttpServer> https_server(const Certificate& certificate) {
  HttpServerOptions o;
  o.certificate_pem = certificate.certificate_pem;
  o.key_pem = certificate.key_pem;
  o.threads = 1;
  auto server = HttpServer::start(o, [](HttpRequest) { return HttpReply(); });
  MK_CHECK(static_cast<bool>(server));
  return *std::move(server);
}

TEST(Endpoint, IsTakenFromUrls) {
  struct Row {
    const char *url, *host;
    std::uint16_t port;
    bool tls;
  };
  for (const Row& row : {Row{"https://mail.example.test/EWS/Exchange.asmx", "mail.example.test", 443, true},
                         Row{"http://127.0.0.1:8080/", "127.0.0.1", 8080, false},
                         Row{"https://[::1]:4443/x", "::1", 4443, true}}) {
    const auto found = parse_endpoint(row.url);
    ASSERT_TRUE(found) << row.url;
    EXPECT_TRUE(found->host == row.host && found->port == row.port && found->tls == row.tls) << row.url;
  }
  for (const char* bad :
       {"", "mail.example.test", "ftp://x/", "https://", "https://x:99999/", "https://a b/"})
    EXPECT_EQ(parse_endpoint(bad).error().code, Code::kInvalid) << bad;
}

TEST(ResolveHost, GivesAddressesOrSaysWhy) {
  const auto found = resolve_host({"127.0.0.1", 80, false});
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, std::vector<std::string>{"127.0.0.1"});
  const auto unknown = resolve_host({"no-such-host.invalid", 80, false});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::kUnavailable);
  EXPECT_NE(unknown.error().what.find("unknown host no-such-host.invalid"), std::string::npos);
}

TEST(TryConnect, TakesTheFirstAddressThatAnswers) {
  std::uint16_t port = 0;
  {
    TestServer server([](const std::string&) { return TestReply{}; });
    port = static_cast<std::uint16_t>(server.port());
    EXPECT_EQ(*try_connect({"127.0.0.9", "127.0.0.1"}, port, kShort), "127.0.0.1");
  }
  const auto gone = try_connect({"127.0.0.1"}, port, kShort);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Code::kUnavailable);
  EXPECT_NE(gone.error().what.find("refused"), std::string::npos) << gone.error().what;
  EXPECT_EQ(try_connect({}, port, kShort).error().code, Code::kUnavailable);
}

TEST(TryTls, ShowsTheCertificateAndWhetherItIsTrusted) {
  const auto good = *make_self_signed({"127.0.0.1", "localhost"}, 10);
  const auto expired = *make_self_signed({"127.0.0.1"}, -3);
  const std::string ca = testing::TempDir() + "/probe-ca-" + std::to_string(getpid()) + ".pem";
  ASSERT_TRUE(write_file_atomically(ca, as_bytes(good.certificate_pem)));
  const auto server = https_server(good), old = https_server(expired);
  const auto days_left = [](const ServerCertificate& c) {
    return std::chrono::round<std::chrono::days>(c.not_after - system_clock().now()).count();
  };
  const Endpoint endpoint{"127.0.0.1", server->port(), true};
  const auto trusted = try_tls("127.0.0.1", endpoint, ca, kShort);
  ASSERT_TRUE(trusted) << trusted.error().what;
  EXPECT_EQ(trusted->distrust, "");
  EXPECT_EQ(days_left(*trusted), 10);
  EXPECT_EQ(trusted->protocol, "TLSv1.3");
  const auto unknown = try_tls("127.0.0.1", endpoint, "", kShort);
  ASSERT_TRUE(unknown);
  EXPECT_NE(unknown->distrust.find("self-signed"), std::string::npos) << unknown->distrust;
  const auto by_name = try_tls("127.0.0.1", {"localhost", server->port(), true}, ca, kShort);
  ASSERT_TRUE(by_name);
  EXPECT_EQ(by_name->distrust, "");
  const auto other = try_tls("127.0.0.1", {"elsewhere.test", server->port(), true}, ca, kShort);
  ASSERT_TRUE(other);
  EXPECT_NE(other->distrust.find("mismatch"), std::string::npos) << other->distrust;
  const auto over = try_tls("127.0.0.1", {"127.0.0.1", old->port(), true}, "", kShort);
  ASSERT_TRUE(over);
  EXPECT_EQ(days_left(*over), -3);
  EXPECT_EQ(try_tls("127.0.0.1", endpoint, "/absent.pem", kShort).error().code, Code::kInvalid);
  std::filesystem::remove(ca);
}

TEST(TryTls, GivesUpOnWhatSpeaksNoTls) {
  TestServer plain([](const std::string&) { return TestReply{"220 mail ESMTP\r\n"}; });
  const auto port = static_cast<std::uint16_t>(plain.port());
  const auto silent = try_tls("127.0.0.1", {"127.0.0.1", port, true}, "", std::chrono::milliseconds(200));
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, Code::kUnavailable);
  EXPECT_NE(silent.error().what.find("no answer in time"), std::string::npos) << silent.error().what;
}

}  // namespace
}  // namespace mk::net
