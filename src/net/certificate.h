#pragma once
#include <string>
#include <vector>

#include "base/result.h"

namespace mk::net {

struct Certificate {
  std::string certificate_pem, key_pem;
};

/// A self-signed certificate with a fresh P-256 key, for servers on a test bench.
/// `names`: DNS names or IP addresses; `days`: how long it is valid from now, negative for one that has
/// expired. Errors: kInternal  OpenSSL refuses
Result<Certificate> make_self_signed(const std::vector<std::string>& names, int days);

}  // namespace mk::net
