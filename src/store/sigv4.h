#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace mk::store {

/// The access key of an account; `session_token` only with temporary ones.
struct AwsCredentials {
  std::string access_key_id;
  SecretString secret_key, session_token;
};

using NameValues = std::vector<std::pair<std::string, std::string>>;

/// What a signature covers. Paths are signed as they are sent: S3 neither normalises nor encodes them again.
struct SigV4Request {
  std::string method;
  std::string path;    // encoded
  NameValues query;    // not encoded, in any order
  NameValues headers;  // those to be signed, in any order and case; `host` and `x-amz-date` must be there
  std::string body_sha256;  // lower-case hexadecimal
};

struct SigV4Scope {
  std::string time;  // 20150830T123600Z
  std::string region;
  std::string service = "s3";
};

/// AWS Signature Version 4: what goes into the header Authorization.
/// Spec: Amazon S3 API reference, "Authenticating Requests: Using the Authorization Header"
std::string authorization(const SigV4Request& request, const SigV4Scope& scope,
                          const AwsCredentials& credentials);
/// The first step of it, for tests and for comparison with what a server says that it signed.
std::string canonical_request(const SigV4Request& request);

/// Encodes all but unreserved characters (RFC 3986 2.3) byte by byte; in a path slashes stay.
std::string uri_encode(std::string_view text, bool is_path = false);
/// Encoded and sorted, `a=1&b=`: as it is signed and as it is sent.
std::string canonical_query(const NameValues& query);
/// 20150830T123600Z
std::string amz_time(std::chrono::system_clock::time_point t);

}  // namespace mk::store
