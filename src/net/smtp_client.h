#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace mk::net {

struct SmtpOptions {
  /// kStartTls and kTls never send a byte of mail unencrypted.
  enum class Tls { kStartTls, kTls, kNone };
  std::string server;      // host name or address
  std::uint16_t port = 0;  // 0: 587, 465 or 25, by `tls`
  Tls tls = Tls::kStartTls;
  std::string user;  // empty: no login
  SecretString password;
  std::string from;             // address
  std::vector<std::string> to;  // addresses
  std::string ca_file;          // PEM; empty: the system's authorities
  bool insecure = false;        // take any certificate
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds timeout = std::chrono::minutes(2);  // of everything
};

struct Mail {
  std::string subject;  // UTF-8; line breaks and control characters become U+FFFD
  std::string text;     // UTF-8, lines end in \n
};

/// The mail as it travels: one part of plain text, so encoded that only ASCII is sent and no line is long.
///
/// Spec:   RFC 5322, RFC 2047 (subject), RFC 2045 (base64)
/// Errors: kInvalid  an address with anything else in it than an address; no recipient
Result<std::string> format_mail(const SmtpOptions& options, const Mail& mail,
                                std::chrono::system_clock::time_point now);

/// Sends one mail to all recipients.
///
/// Spec:    RFC 5321, RFC 3207 (STARTTLS), RFC 4954 (login)
/// Errors:  kInvalid      options, a recipient or mail that the server refuses for good, no STARTTLS there
///          kDenied       login refused, certificate not trusted
///          kUnavailable  unreachable, timed out, refused for now
///          Nothing of the password appears in them.
/// Bounds:  a mail of up to 1 MiB of text
Status send_mail(const SmtpOptions& options, const Mail& mail, std::chrono::system_clock::time_point now);

}  // namespace mk::net
