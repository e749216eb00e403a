#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace mk::net {

/// Connects step by step, to find out where a connection fails. What is found is thrown away: transfers make
/// connections of their own.

struct Endpoint {
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 0;
  bool tls = false;
};
/// Errors: kInvalid  not a URL of http or https
Result<Endpoint> parse_endpoint(const std::string& url);

/// The addresses of a host, as text.  Errors: kUnavailable  none, or no answer from the system's resolver
Result<std::vector<std::string>> resolve_host(const Endpoint& endpoint);

/// The first of the addresses that takes a connection.  Errors: kUnavailable  none does, with the last reason
Result<std::string> try_connect(const std::vector<std::string>& addresses, std::uint16_t port,
                                std::chrono::milliseconds timeout);

/// What a server shows in the TLS handshake, trusted or not.
struct ServerCertificate {
  std::string protocol;  // TLSv1.3
  std::string subject, issuer;
  std::chrono::system_clock::time_point not_before, not_after;
  std::string distrust;  // why it is not trusted for that host; empty: it is
};
/// `ca_file`: PEM with the authorities to trust instead of the system's; empty: the system's.
/// Errors: kUnavailable  no connection, or what answers does not speak TLS 1.2 or above; kInvalid  `ca_file`
Result<ServerCertificate> try_tls(const std::string& address, const Endpoint& endpoint,
                                  const std::string& ca_file, std::chrono::milliseconds timeout);

}  // namespace mk::net
