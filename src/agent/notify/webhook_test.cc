#include "agent/notify/webhook.h"

#include <gmock/gmock.h>

#include "net/test_server.h"

namespace mk::agent {
namespace {

using net::http_answer;
using net::TestReply;
using net::TestServer;
using testing::HasSubstr;
using testing::Not;

const std::chrono::system_clock::time_point kNow{std::chrono::seconds(1'800'000'000)};

TEST(Webhook, PostsTheJsonWithASignature) {
  std::string seen;
  TestServer server([&](const std::string& request) {
    seen = request;
    return TestReply{http_answer(204, "")};
  });
  WebhookOptions o{.url = server.url(), .secret = SecretString("key")};
  ASSERT_TRUE(send_webhook(o, R"({"a":1})", kNow));
  EXPECT_THAT(seen, testing::StartsWith("POST "));
  EXPECT_THAT(seen, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(seen, HasSubstr("X-Mailkeep-Timestamp: 1800000000\r\n"));
  // printf '1800000000.{"a":1}' | openssl dgst -sha256 -hmac key
  EXPECT_THAT(seen, HasSubstr("X-Mailkeep-Signature: "
                              "sha256=7330c9cf7d886970cbebbbb5494c04d2aeff06a990adb7d7a75abfeb0159d291\r\n"));
  EXPECT_TRUE(seen.ends_with("\r\n\r\n{\"a\":1}"));
  o.secret = SecretString();
  ASSERT_TRUE(send_webhook(o, "{}", kNow));
  EXPECT_THAT(seen, Not(HasSubstr("Signature")));
}

TEST(Webhook, TellsWhatIsWorthAnotherTry) {
  int status = 0;
  TestServer server([&](const std::string&) {
    return TestReply{http_answer(status, "x", "text/plain", "Location: http://other.invalid/\r\n")};
  });
  const WebhookOptions o{.url = server.url(), .secret = SecretString("s3cret")};
  const std::pair<int, Code> rows[] = {{301, Code::kInvalid},     {404, Code::kInvalid},
                                       {401, Code::kDenied},      {403, Code::kDenied},
                                       {429, Code::kUnavailable}, {500, Code::kUnavailable},
                                       {503, Code::kUnavailable}, {408, Code::kUnavailable}};
  for (const auto& [answered, code] : rows) {
    status = answered;
    const auto sent = send_webhook(o, "{}", kNow);
    ASSERT_FALSE(sent) << answered;
    EXPECT_EQ(sent.error().code, code) << answered;
    EXPECT_THAT(sent.error().what, Not(HasSubstr("s3cret")));
  }
  EXPECT_EQ(send_webhook({.url = "ftp://x"}, "{}", kNow).error().code, Code::kInvalid);
  EXPECT_EQ(send_webhook({.url = "https://no-such-host.invalid/"}, "{}", kNow).error().code,
            Code::kUnavailable);
}

}  // namespace
}  // namespace mk::agent
