#pragma once
#include <string>

#include "base/secret.h"

namespace mk::net {

/// How a client proves who it is. Schemes that authenticate a connection instead of a request (NTLM,
/// Kerberos) have their place here: an HttpClient keeps to one connection, and curl_auth.cc is the only code
/// that knows the schemes.
enum class AuthScheme { kNone, kBasic, kBearer };

struct Credentials {
  AuthScheme scheme = AuthScheme::kNone;
  std::string user;     // kBasic
  SecretString secret;  // password or token
};

}  // namespace mk::net
