#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace mk::store {

/// How the bucket is named in a request: `https://HOST/BUCKET/KEY` or `https://BUCKET.HOST/KEY`. Left to
/// itself: virtual for Amazon, path with an endpoint of one's own and for buckets with dots, for which no
/// certificate holds.
enum class S3Style { kAuto, kPath, kVirtual };

/// Where a store lies at S3.
struct S3Address {
  std::string url;     // https://HOST[:PORT], without a path
  std::string host;    // of the header Host: without a port that is the scheme's own
  std::string bucket;  // as given
  std::string root;    // path of the bucket, encoded: `/` or `/BUCKET/`
  std::string prefix;  // before all keys: empty, or ends with a slash
  std::string region;
};

/// True for s3://BUCKET/PREFIX and s3:BUCKET/PREFIX.
bool is_s3_url(std::string_view url);

/// `endpoint`: URL of the service, or its host; empty: Amazon's for the region. `region`: empty: us-east-1.
/// Errors: kInvalid  names what is wrong and how it is written
Result<S3Address> parse_s3_address(const std::string& url, const std::string& endpoint,
                                   const std::string& region, S3Style style);

}  // namespace mk::store
