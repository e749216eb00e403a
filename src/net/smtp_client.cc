#include "net/smtp_client.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>

#include "base/bytes.h"
#include "base/text.h"
#include "net/curl_easy.h"

namespace mk::net {
namespace {

constexpr std::size_t kMaxTextBytes = 1 << 20;
constexpr std::size_t kMaxSubjectBytes = 500;
constexpr std::size_t kMaxAddressBytes = 254;
constexpr std::size_t kMaxReplyBytes = 200;
constexpr std::size_t kWordBytes = 42;  // of an encoded word: 56 characters of base64 and `=?UTF-8?B??=`
constexpr std::size_t kLineBytes = 57;  // of a line of base64: 76 characters

bool is_atom(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::strchr("!#$%&'*+-/=?^_`{|}~.", c) != nullptr;
}

/// local@domain in ASCII, without quoting: no character in it means anything to SMTP or to a header.
Status check_address(const std::string& address) {
  const std::size_t at = address.find('@');
  const bool good = at != std::string::npos && at > 0 && at + 1 < address.size() &&
                    address.size() <= kMaxAddressBytes && address.find('@', at + 1) == std::string::npos &&
                    std::all_of(address.begin(), address.end(),
                                [](char c) { return c != '\0' && (c == '@' || is_atom(c)); });
  if (good) return ok;
  return Error{Code::kInvalid, fmt::format("\"{}\" is not a mail address; write it as name@example.com",
                                           printable(address.substr(0, 100)))};
}

Status check_options(const SmtpOptions& o) {
  const bool clean = !o.server.empty() && std::all_of(o.server.begin(), o.server.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':' || c == '_';
  });
  if (!clean)
    return Error{Code::kInvalid, fmt::format("\"{}\" is not the name of a mail server", printable(o.server))};
  if (o.to.empty()) return Error{Code::kInvalid, "no recipient of the mail is given"};
  TRY(check_address(o.from));
  for (const auto& address : o.to) TRY(check_address(address));
  if (!o.user.empty() && o.tls == SmtpOptions::Tls::kNone)
    return Error{Code::kInvalid,
                 "a password is not sent to a mail server without TLS; choose starttls or tls"};
  return ok;
}

/// Where a piece of at most `n` bytes ends without cutting a character.
std::size_t whole_characters(std::string_view utf8, std::size_t n) {
  if (utf8.size() <= n) return utf8.size();
  while (n > 0 && (static_cast<unsigned char>(utf8[n]) & 0xC0) == 0x80) --n;
  return n;
}

std::string encoded_subject(const std::string& subject) {
  const std::string clean = printable(subject);
  std::string_view left = std::string_view(clean).substr(0, whole_characters(clean, kMaxSubjectBytes));
  const bool plain =
      left.size() <= 60 && left.find("=?") == std::string_view::npos &&
      std::all_of(left.begin(), left.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (plain) return std::string(left);
  std::string out;
  while (!left.empty()) {
    const std::size_t n = whole_characters(left, kWordBytes);
    out +=
        fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\r\n ", to_base64(as_bytes(left.substr(0, n))));
    left.remove_prefix(n);
  }
  return out;
}

std::string encoded_text(const std::string& text) {
  std::string canonical;
  for (const char c : text) c == '\n' ? canonical += "\r\n" : canonical += c;
  std::string out;
  for (std::size_t at = 0; at < canonical.size(); at += kLineBytes)
    out += to_base64(as_bytes(std::string_view(canonical).substr(at, kLineBytes))) + "\r\n";
  return out;
}

std::string mail_date(std::chrono::system_clock::time_point now) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t t = std::chrono::system_clock::to_time_t(now);
  std::tm tm{};
  ::gmtime_r(&t, &tm);
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", kDays[tm.tm_wday], tm.tm_mday,
                     kMonths[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

std::string message_id(const std::string& from) {
  std::array<unsigned char, 16> random{};
  MK_CHECK(RAND_bytes(random.data(), random.size()) == 1);
  return fmt::format("<{}@{}>", to_hex(std::as_bytes(std::span(random))), from.substr(from.find('@') + 1));
}

std::string joined(const std::vector<std::string>& addresses) {
  std::string out;
  for (const auto& a : addresses) out += (out.empty() ? "<" : ",\r\n <") + a + ">";
  return out;
}

std::string smtp_url(const SmtpOptions& o) {
  constexpr std::uint16_t kPorts[] = {587, 465, 25};
  const bool is_v6 = o.server.find(':') != std::string::npos;
  const auto port = o.port != 0 ? o.port : kPorts[static_cast<std::size_t>(o.tls)];
  return fmt::format("{}://{}{}{}:{}/{}", o.tls == SmtpOptions::Tls::kTls ? "smtps" : "smtp",
                     is_v6 ? "[" : "", o.server, is_v6 ? "]" : "", port, o.from.substr(o.from.find('@') + 1));
}

void set_server(CURL* curl, const SmtpOptions& o) {
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl, option, value); };
  set(CURLOPT_URL, smtp_url(o).c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_USE_SSL,
      static_cast<long>(o.tls == SmtpOptions::Tls::kNone ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, o.insecure ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, o.insecure ? 0L : 2L);
  if (!o.ca_file.empty()) {
    set(CURLOPT_CAINFO, o.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(o.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(o.timeout.count()));
  if (!o.user.empty()) {
    set(CURLOPT_USERNAME, o.user.c_str());
    set(CURLOPT_PASSWORD, o.password.reveal().c_str());
  }
}

/// What is left to be sent.
std::size_t read_some(char* out, std::size_t size, std::size_t n, void* user) {
  auto& left = *static_cast<std::string_view*>(user);
  const std::size_t take = std::min(size * n, left.size());
  std::memcpy(out, left.data(), take);
  left.remove_prefix(take);
  return take;
}

/// Keeps the last line of the server that says no.
std::size_t keep_refusal(char* line, std::size_t size, std::size_t n, void* user) {
  const std::string_view text(line, size * n);
  if (text.starts_with('4') || text.starts_with('5'))
    *static_cast<std::string*>(user) = text.substr(0, std::min(text.find_first_of("\r\n"), kMaxReplyBytes));
  return size * n;
}

/// `refusal`: what the server said, may be empty; `detail`: libcurl's own text.
Error smtp_error(CURLcode code, const std::string& server, const std::string& refusal, const char* detail) {
  const std::string text = printable(!refusal.empty()  ? refusal.c_str()
                                     : *detail != '\0' ? detail
                                                       : curl_easy_strerror(code));
  const auto error = [&](Code c, std::string_view what) {
    return Error{c, fmt::format("mail server {}: {}: {}", server, what, text)};
  };
  switch (code) {
    case CURLE_LOGIN_DENIED:
      return error(Code::kDenied, "user or password refused");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return error(Code::kDenied, "its certificate is not trusted");
    case CURLE_SSL_CACERT_BADFILE:
      return error(Code::kInvalid, "the file with authorities to trust cannot be used");
    case CURLE_USE_SSL_FAILED:
      return error(Code::kInvalid, "it does not offer STARTTLS");
    case CURLE_COULDNT_RESOLVE_HOST:
      return error(Code::kUnavailable, "unknown host");
    case CURLE_COULDNT_CONNECT:
      return error(Code::kUnavailable, "cannot connect");
    case CURLE_OPERATION_TIMEDOUT:
      return error(Code::kUnavailable, "timed out");
    default:
      return error(refusal.starts_with('5') ? Code::kInvalid : Code::kUnavailable,
                   refusal.empty() ? "the connection broke" : "the mail was refused");
  }
}

}  // namespace

Result<std::string> format_mail(const SmtpOptions& o, const Mail& mail,
                                std::chrono::system_clock::time_point now) {
  TRY(check_options(o));
  if (mail.text.size() > kMaxTextBytes)
    return Error{Code::kInvalid, "the text of a mail is longer than 1 MiB"};
  return fmt::format(
      "Date: {}\r\nFrom: mailkeep <{}>\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: {}\r\n"
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n{}",
      mail_date(now), o.from, joined(o.to), encoded_subject(mail.subject), message_id(o.from),
      encoded_text(mail.text));
}

Status send_mail(const SmtpOptions& o, const Mail& mail, std::chrono::system_clock::time_point now) {
  TRY_ASSIGN(const std::string bytes, format_mail(o, mail, now));
  initialize_curl();
  const CurlHandle curl(curl_easy_init(), curl_easy_cleanup);
  MK_CHECK(curl != nullptr);
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  CurlList recipients(nullptr, curl_slist_free_all);
  for (const auto& address : o.to)
    recipients.reset(curl_slist_append(recipients.release(), ("<" + address + ">").c_str()));
  char detail[CURL_ERROR_SIZE] = "";
  std::string refusal;
  std::string_view left = bytes;
  set_server(curl.get(), o);
  set(CURLOPT_MAIL_FROM, ("<" + o.from + ">").c_str());
  set(CURLOPT_MAIL_RCPT, recipients.get());
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, &read_some);
  set(CURLOPT_READDATA, &left);
  set(CURLOPT_HEADERFUNCTION, &keep_refusal);
  set(CURLOPT_HEADERDATA, &refusal);
  set(CURLOPT_ERRORBUFFER, detail);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return ok;
  return smtp_error(code, o.server, refusal, detail);
}

}  // namespace mk::net
