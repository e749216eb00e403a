#pragma once
// For tests only: a real S3 service, when the environment names one.
#include <cstdlib>
#include <optional>

#include "store/aws_credentials.h"
#include "store/s3_client.h"
#include "vault/crypto.h"

namespace mk::store {

/// MK_TEST_S3 is s3://BUCKET/PREFIX, AWS_ENDPOINT_URL its service, AWS_ACCESS_KEY_ID and
/// AWS_SECRET_ACCESS_KEY an account there. Each call gives a prefix of its own.
inline std::optional<S3Options> real_s3() {
  const char* url = std::getenv("MK_TEST_S3");
  const char* endpoint = std::getenv("AWS_ENDPOINT_URL");
  if (url == nullptr || endpoint == nullptr) return std::nullopt;
  const std::string own = std::string(url) + "/" + to_hex(as_bytes(vault::random_bytes(8)));
  S3Options options;
  auto address = parse_s3_address(own, endpoint, "", S3Style::kAuto);
  auto credentials = find_aws_credentials("", "");
  MK_CHECK(address && credentials);
  options.address = *std::move(address);
  options.credentials = *std::move(credentials);
  return options;
}

}  // namespace mk::store

#define MK_SKIP_WITHOUT_S3() \
  if (!::mk::store::real_s3()) GTEST_SKIP() << "MK_TEST_S3 names no real S3 service"
