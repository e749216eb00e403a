#include "net/smtp_client.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/bytes.h"
#include "base/file.h"
#include "net/smtp_server_test.h"

namespace mk::net {
namespace {

using std::chrono::system_clock;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const system_clock::time_point kNow{std::chrono::seconds(1'800'000'000)};

SmtpOptions options_for(std::uint16_t port = 25) {
  SmtpOptions o;
  o.server = "127.0.0.1";
  o.port = port;
  o.tls = SmtpOptions::Tls::kNone;
  o.from = "mailkeep@example.test";
  o.to = {"anna@example.test", "bob+x@example.test"};
  o.connect_timeout = std::chrono::seconds(3);
  o.timeout = std::chrono::seconds(3);
  return o;
}

std::string head_of(const std::string& mail) { return mail.substr(0, mail.find("\r\n\r\n")); }
std::string text_of(const std::string& mail) {
  const auto text = from_base64(mail.substr(mail.find("\r\n\r\n") + 4));
  return text ? *text : text.error().what;
}

class TlsSmtp : public testing::Test {
 protected:
  void SetUp() override {
    auto made = make_self_signed({"127.0.0.1"}, 2);
    ASSERT_TRUE(made);
    certificate = *made;
    ca_file = testing::TempDir() + "/smtp-ca-" + std::to_string(getpid()) + ".pem";
    ASSERT_TRUE(write_file_atomically(ca_file, as_bytes(certificate.certificate_pem)));
  }
  void TearDown() override { std::filesystem::remove(ca_file); }
  SmtpOptions options(std::uint16_t port, SmtpOptions::Tls tls) const {
    SmtpOptions o = options_for(port);
    o.tls = tls;
    o.ca_file = ca_file;
    o.user = "robot";
    o.password = SecretString("pa55word");
    return o;
  }
  Certificate certificate;
  std::string ca_file;
};

TEST(SendMail, GivesTheMailToEachRecipient) {
  SmtpServer server({});
  ASSERT_TRUE(send_mail(options_for(server.port()), {"3 runs", "all is well\n.\nend\n"}, kNow));
  server.stop();
  ASSERT_EQ(server.mails.size(), 1u);
  EXPECT_THAT(server.commands, Contains(StartsWith("MAIL FROM:<mailkeep@example.test>")));
  EXPECT_THAT(server.commands, Contains("RCPT TO:<anna@example.test>"));
  EXPECT_THAT(server.commands, Contains("RCPT TO:<bob+x@example.test>"));
  EXPECT_THAT(server.commands, Not(Contains(StartsWith("AUTH"))));
  const std::string head = head_of(server.mails[0]);
  EXPECT_THAT(head, HasSubstr("Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n"));
  EXPECT_THAT(head, HasSubstr("To: <anna@example.test>,\r\n <bob+x@example.test>\r\n"));
  EXPECT_THAT(head, HasSubstr("Subject: 3 runs\r\n"));
  EXPECT_EQ(text_of(server.mails[0]), "all is well\r\n.\r\nend\r\n");
}

TEST_F(TlsSmtp, SendsNothingBeforeTlsIsThere) {
  for (const bool at_once : {false, true}) {
    SmtpServer server({.starttls = !at_once, .tls_at_once = at_once, .certificate = certificate});
    const auto o = options(server.port(), at_once ? SmtpOptions::Tls::kTls : SmtpOptions::Tls::kStartTls);
    const auto sent = send_mail(o, {"s", "t"}, kNow);
    ASSERT_TRUE(sent) << sent.error().what;
    server.stop();
    EXPECT_EQ(server.mails.size(), 1u);
    for (const auto& command : server.commands)
      EXPECT_TRUE(command.starts_with("TLS:") || command.starts_with("EHLO") || command == "STARTTLS")
          << command;
    EXPECT_THAT(server.commands, Contains(StartsWith("TLS:AUTH PLAIN")));
  }
}

TEST_F(TlsSmtp, DoesNotFallBackToPlainText) {
  SmtpServer server({});
  const auto sent = send_mail(options(server.port(), SmtpOptions::Tls::kStartTls), {"s", "t"}, kNow);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kInvalid);
  EXPECT_THAT(sent.error().what, HasSubstr("STARTTLS"));
  server.stop();
  EXPECT_TRUE(server.mails.empty());
  EXPECT_THAT(server.commands, Not(Contains(StartsWith("AUTH"))));
}

TEST_F(TlsSmtp, VerifiesTheCertificateUnlessToldOtherwise) {
  SmtpServer server({.starttls = true, .certificate = certificate});
  auto o = options(server.port(), SmtpOptions::Tls::kStartTls);
  o.ca_file.clear();
  const auto refused = send_mail(o, {"s", "t"}, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDenied);
  o.insecure = true;
  EXPECT_TRUE(send_mail(o, {"s", "t"}, kNow));
  o.ca_file = "/absent.pem", o.insecure = false;
  EXPECT_EQ(send_mail(o, {"s", "t"}, kNow).error().code, Code::kInvalid);
}

TEST_F(TlsSmtp, TellsRefusalsApart) {
  struct Row {
    SmtpServer::Behaviour how;
    Code code;
    const char* says;
  };
  SmtpServer::Behaviour login{.starttls = true, .certificate = certificate}, never = login, later = login,
                                                                             data = login;
  login.login_reply = "535 5.7.8 no";
  never.recipient_reply = "550 5.1.1 nobody of that name";
  later.recipient_reply = "451 4.7.1 grey";
  data.data_reply = "554 5.7.1 spam";
  for (const Row& row : {Row{login, Code::kDenied, "password refused: 535"},
                         Row{never, Code::kInvalid, "550 5.1.1 nobody of that name"},
                         Row{later, Code::kUnavailable, "451"}, Row{data, Code::kInvalid, "554"}}) {
    SmtpServer server(row.how);
    const auto sent = send_mail(options(server.port(), SmtpOptions::Tls::kStartTls), {"s", "t"}, kNow);
    ASSERT_FALSE(sent) << row.says;
    EXPECT_EQ(sent.error().code, row.code) << sent.error().what;
    EXPECT_THAT(sent.error().what, HasSubstr(row.says));
    EXPECT_THAT(sent.error().what, Not(HasSubstr("pa55word")));
  }
}

TEST(SendMail, GivesUpOnAServerThatIsSilentOrGone) {
  std::uint16_t gone = 0;
  {
    SmtpServer silent({.greeting = ""});
    gone = silent.port();
    auto o = options_for(silent.port());
    o.timeout = std::chrono::milliseconds(300);
    const auto sent = send_mail(o, {"s", "t"}, kNow);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Code::kUnavailable);
    EXPECT_THAT(sent.error().what, HasSubstr("timed out"));
  }
  EXPECT_EQ(send_mail(options_for(gone), {"s", "t"}, kNow).error().code, Code::kUnavailable);
}

TEST(FormatMail, LetsNothingIntoTheHeader) {
  const auto mail = format_mail(options_for(), {"a\r\nBcc: eve@example.test\r\n\r\nbody", "t"}, kNow);
  ASSERT_TRUE(mail);
  EXPECT_THAT(*mail, Not(HasSubstr("Bcc")));  // the control characters make it an encoded word
  std::size_t lines = 0;
  const std::string head = head_of(*mail);
  for (std::size_t at = 0; (at = head.find("\r\n", at)) != std::string::npos; at += 2)
    lines += head[at + 2] != ' ' ? 1u : 0u;
  EXPECT_EQ(lines, 8u);  // those of a mail without any attack
  for (const char* bad : {"", "anna", "@example.test", "anna@", "a@b@c", "a@b\r\nRCPT TO:<x@y>", "a b@c",
                          "<a@b>", "\"a\"@b", "ä@b.test", "a@b>", "a,b@c"}) {
    auto o = options_for();
    o.to = {bad};
    EXPECT_EQ(format_mail(o, {"s", "t"}, kNow).error().code, Code::kInvalid) << bad;
    o = options_for();
    o.from = bad;
    EXPECT_EQ(format_mail(o, {"s", "t"}, kNow).error().code, Code::kInvalid) << bad;
  }
  auto o = options_for();
  o.to.clear();
  EXPECT_EQ(format_mail(o, {"s", "t"}, kNow).error().code, Code::kInvalid);
  for (const char* bad : {"", "mail.example.test/x", "a@b", "a\r\nb", "user:pw@host"}) {
    o = options_for();
    o.server = bad;
    EXPECT_EQ(format_mail(o, {"s", "t"}, kNow).error().code, Code::kInvalid) << bad;
  }
  o = options_for();
  o.user = "robot";
  EXPECT_EQ(format_mail(o, {"s", "t"}, kNow).error().code, Code::kInvalid) << "a password without TLS";
}

TEST(FormatMail, EncodesSubjectAndTextInShortAsciiLines) {
  std::string subject;
  for (int i = 0; i < 40; ++i) subject += "Größe €";
  const auto mail = format_mail(options_for(), {subject, std::string(5000, 'x') + "ü"}, kNow);
  ASSERT_TRUE(mail);
  std::string decoded;
  for (std::size_t at = 0; (at = mail->find("=?UTF-8?B?", at)) != std::string::npos;) {
    const std::size_t begin = at + 10, end = mail->find("?=", begin);
    EXPECT_LE(end + 2 - at, 75u);
    const auto word = from_base64(mail->substr(begin, end - begin));
    ASSERT_TRUE(word);
    EXPECT_EQ((static_cast<unsigned char>((*word)[0]) & 0xC0) == 0x80, false)
        << "a word begins with a character";
    decoded += *word;
    at = end;
  }
  EXPECT_TRUE(subject.starts_with(decoded) && decoded.size() > 400) << decoded.size();
  for (std::size_t at = 0, end = 0; (end = mail->find("\r\n", at)) != std::string::npos; at = end + 2)
    EXPECT_LE(end - at, 78u);
  for (const char c : *mail) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
  EXPECT_EQ(text_of(*mail), std::string(5000, 'x') + "ü");
}

}  // namespace
}  // namespace mk::net
