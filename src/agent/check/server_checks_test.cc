#include "agent/check/server_checks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <map>

#include "base/file.h"
#include "ews/string_transport.h"
#include "net/certificate.h"
#include "net/http_server.h"

namespace mk::agent {
namespace {

using ews::failure;
using ews::fault;
using ews::soap;
using ews::success;
using State = Check::State;

class FakeClock final : public Clock {
 public:
  std::chrono::seconds ahead{0};
  std::chrono::system_clock::time_point now() const override { return mk::system_clock().now() + ahead; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
  void sleep_for(std::chrono::milliseconds) override {}
};

/// An Exchange of few words: what it says to each operation; requests for the archive are one of their own.
class Exchange {
 public:
  explicit Exchange(const net::Certificate& certificate = {}) {
    net::HttpServerOptions o;
    o.threads = 2;
    o.certificate_pem = certificate.certificate_pem, o.key_pem = certificate.key_pem;
    server_ = *net::HttpServer::start(o, [this](net::HttpRequest r) { return answer(std::move(r)); });
    url = fmt_url(certificate.key_pem.empty() ? "http" : "https");
    says["login"] = soap("GetFolder", failure("GetFolder", "ErrorNonExistentMailbox"));
    says["mailbox"] = folder();
    says["archive"] = soap("GetFolder", failure("GetFolder", "ErrorFolderNotFound"));
  }
  static std::string folder() {
    return soap("GetFolder",
                success("GetFolder", "<m:Folders><t:Folder><t:FolderId Id='T'/></t:Folder></m:Folders>"));
  }
  std::map<std::string, std::string> says;
  unsigned status = 200;
  std::string date;  // the header, empty: none
  std::string url;
  std::vector<std::string> asked;

  ServerToCheck to_check() {
    ServerToCheck what;
    what.ews.url = url;
    what.ews.user = "backup@example.test";
    what.ews.password_or_token = SecretString("pa55word");
    what.ews.mailbox = "anna@example.test";
    what.ews.clock = &clock;
    what.timeout = std::chrono::seconds(3);
    return what;
  }
  FakeClock clock;

 private:
  std::string fmt_url(const std::string& scheme) const {
    return scheme + "://127.0.0.1:" + std::to_string(server_->port()) + "/EWS/Exchange.asmx";
  }
  net::HttpReply answer(net::HttpRequest request) {
    const auto has = [&](const char* words) { return request.body.find(words) != std::string::npos; };
    std::string operation = has("archivemsgfolderroot") ? "archive"
                            : has("anna@example.test")  ? "mailbox"
                                                        : "login";
    net::HttpReply reply;
    reply.status = status;
    reply.content_type = "text/xml; charset=utf-8";
    reply.body = says[operation];
    if (!date.empty()) reply.headers.emplace_back("Date", date);
    if (reply.body.find("Fault>") != std::string::npos && status == 200) reply.status = 500;
    asked.push_back(std::move(operation));
    return reply;
  }
  std::unique_ptr<net::HttpServer> server_;
};

const Check& find(const std::vector<Check>& checks, const std::string& name) {
  for (const auto& check : checks)
    if (check.name == name) return check;
  static const Check none{"(none)", State::kFailed, {}, {}, {}, {}};
  return none;
}

/// `ok ok skipped ...`
std::string states(const std::vector<Check>& checks) {
  std::string out;
  for (const auto& check : checks) out += (out.empty() ? "" : " ") + std::string(state_name(check.state));
  return out;
}

std::string http_date(std::chrono::system_clock::time_point t) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(t);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&seconds));
  return text;
}

TEST(ServerChecks, FindNothingAtAServerThatIsWell) {
  Exchange exchange;
  exchange.date = http_date(mk::system_clock().now());
  const auto checks = check_server(exchange.to_check());
  EXPECT_EQ(states(checks), "ok ok skipped ok ok ok ok skipped") << format_text(checks);
  EXPECT_EQ(worst(checks), State::kOk);
  EXPECT_EQ(find(checks, "ews_version").text, "Exchange 15.0.847 (Exchange2013_SP1)");
  EXPECT_EQ(find(checks, "mailbox_access").text, "backup@example.test may read anna@example.test");
  EXPECT_EQ(find(checks, "archive_access").text, "the mailbox has no archive");
}

TEST(ServerChecks, StopAtTheNameAndAtThePort) {
  Exchange exchange;
  auto what = exchange.to_check();
  what.ews.url = "no-such-host.invalid";
  auto checks = check_server(what);
  EXPECT_EQ(states(checks), "failed skipped skipped skipped skipped skipped skipped skipped");
  EXPECT_EQ(checks[0].code, message::kUnknownHost);
  EXPECT_EQ(checks[7].text, "name_resolution failed");
  what.ews.url = "https://127.0.0.1:1/";
  checks = check_server(what);
  EXPECT_EQ(states(checks), "ok failed skipped skipped skipped skipped skipped skipped");
  EXPECT_EQ(checks[1].code, message::kUnreachable) << checks[1].text;
  what.ews.url = "https://[::1";
  EXPECT_EQ(check_server(what)[0].state, State::kFailed);
}

TEST(ServerChecks, TellWhatIsWrongWithTheLogin) {
  Exchange exchange;
  exchange.date = http_date(mk::system_clock().now() - std::chrono::minutes(9));
  const std::pair<unsigned, std::string_view> rows[] = {
      {401, message::kBadLogin}, {403, message::kForbidden}, {404, message::kNotEws}, {503, message::kBusy}};
  for (const auto& [status, code] : rows) {
    exchange.status = status;
    exchange.says["login"] = "";
    const auto checks = check_server(exchange.to_check());
    EXPECT_EQ(states(checks), "ok ok skipped failed warning skipped skipped skipped") << format_text(checks);
    EXPECT_EQ(find(checks, "authentication").code, code) << format_text(checks);
    EXPECT_EQ(find(checks, "clock").code, message::kClockSkew);
    EXPECT_EQ(format_json(checks).find("pa55word"), std::string::npos);
  }
}

TEST(ServerChecks, MeasureHowFarTheClocksAreApart) {
  Exchange exchange;
  exchange.date = http_date(mk::system_clock().now());
  exchange.clock.ahead = std::chrono::minutes(4);
  EXPECT_EQ(find(check_server(exchange.to_check()), "clock").state, State::kOk);
  exchange.clock.ahead = std::chrono::minutes(6);
  const auto fast = find(check_server(exchange.to_check()), "clock");
  EXPECT_EQ(fast.code, message::kClockSkew);
  EXPECT_NE(fast.text.find("ahead of the server"), std::string::npos);
  exchange.clock.ahead = -std::chrono::minutes(6);
  EXPECT_EQ(find(check_server(exchange.to_check()), "clock").code, message::kClockSkew);
  exchange.date = "yesterday";
  EXPECT_EQ(find(check_server(exchange.to_check()), "clock").state, State::kSkipped);
}

TEST(ServerChecks, KnowServersThatAreTooOld) {
  Exchange exchange;
  exchange.says["login"] = fault("ErrorInvalidServerVersion");
  const auto checks = check_server(exchange.to_check());
  EXPECT_EQ(states(checks), "ok ok skipped ok skipped failed skipped skipped") << format_text(checks);
  EXPECT_EQ(find(checks, "ews_version").code, message::kTooOld);
}

TEST(ServerChecks, TellWhatIsWrongWithTheMailbox) {
  struct Row {
    const char* code;
    bool impersonate;
    std::string_view message;
  };
  for (const Row& row : {Row{"ErrorAccessDenied", false, message::kNoRights},
                         Row{"ErrorImpersonateUserDenied", true, message::kNoImpersonation},
                         Row{"ErrorNonExistentMailbox", false, message::kNoMailbox},
                         Row{"ErrorServerBusy", false, message::kBusy}}) {
    Exchange exchange;
    exchange.says["mailbox"] = fault(row.code);
    auto what = exchange.to_check();
    what.ews.impersonate = row.impersonate;
    const auto checks = check_server(what);
    EXPECT_EQ(find(checks, "authentication").state, State::kOk) << row.code;
    EXPECT_EQ(find(checks, "mailbox_access").code, row.message) << format_text(checks);
    EXPECT_EQ(find(checks, "archive_access").text, "mailbox_access failed");
    EXPECT_LE(std::count(exchange.asked.begin(), exchange.asked.end(), "mailbox"), 2)
        << "nobody waits for long";
  }
}

TEST(ServerChecks, LookAtTheArchive) {
  Exchange exchange;
  exchange.says["archive"] = Exchange::folder();
  EXPECT_EQ(find(check_server(exchange.to_check()), "archive_access").state, State::kOk);
  exchange.says["archive"] = soap("GetFolder", failure("GetFolder", "ErrorAccessDenied"));
  const auto denied = find(check_server(exchange.to_check()), "archive_access");
  EXPECT_EQ(denied.state, State::kWarning);
  EXPECT_EQ(denied.code, message::kArchive);
  exchange.says["archive"] = soap("GetFolder", failure("GetFolder", "ErrorArchiveMailboxNotEnabled"));
  EXPECT_EQ(find(check_server(exchange.to_check()), "archive_access").state, State::kSkipped);
}

TEST(ServerChecks, JudgeTheCertificate) {
  struct Row {
    const char* name;
    int days;
    bool as_authority, insecure;
    State state;
    std::string_view code;
  };
  for (const Row& row :
       {Row{"good", 365, true, false, State::kOk, ""},
        Row{"ends soon", 29, true, false, State::kWarning, message::kCertificateExpires},
        Row{"expired", -3, true, false, State::kFailed, message::kCertificateExpired},
        Row{"unknown", 365, false, false, State::kFailed, message::kCertificate},
        Row{"not verified", 365, false, true, State::kWarning, message::kNotVerified},
        Row{"expired, not verified", -3, false, true, State::kWarning, message::kCertificateExpired}}) {
    SCOPED_TRACE(row.name);
    const auto certificate = *net::make_self_signed({"127.0.0.1"}, row.days);
    const std::string ca = testing::TempDir() + "/checks-ca-" + std::to_string(getpid()) + ".pem";
    ASSERT_TRUE(write_file_atomically(ca, as_bytes(certificate.certificate_pem)));
    Exchange exchange(certificate);
    auto what = exchange.to_check();
    if (row.as_authority) what.ews.ca_file = ca;
    what.ews.insecure = row.insecure;
    const auto checks = check_server(what);
    std::filesystem::remove(ca);
    EXPECT_EQ(find(checks, "tls").state, row.state) << format_text(checks);
    EXPECT_EQ(find(checks, "tls").code, row.code);
    EXPECT_EQ(find(checks, "mailbox_access").state,
              row.state == State::kFailed ? State::kSkipped : State::kOk)
        << format_text(checks);
  }
}

TEST(Checks, AreJsonAndTextWithCauseAndRemedy) {
  const std::vector<Check> checks = {make_ok("tcp", "well"),
                                     make_failed("tls", {Code::kUnavailable, "\"x\"\n"}, Context::kServer),
                                     make_skipped("clock", "tls failed")};
  const auto json = boost::json::parse(format_json(checks)).as_array();
  ASSERT_EQ(json.size(), 3u);
  EXPECT_EQ(json[0].as_object().size(), 3u);
  EXPECT_EQ(json[1].at("state").as_string(), "failed");
  EXPECT_EQ(json[1].at("code").as_string(), "MK-SRV-002");
  EXPECT_FALSE(json[1].at("fix").as_string().empty());
  EXPECT_EQ(json[2].at("text").as_string(), "tls failed");
  const std::string text = format_text(checks);
  EXPECT_NE(text.find("MK-SRV-002: The server cannot be reached"), std::string::npos);
  EXPECT_EQ(worst(checks), State::kFailed);
  EXPECT_EQ(worst({}), State::kOk);
}

}  // namespace
}  // namespace mk::agent
