#pragma once
#include <chrono>

#include "net/http_client.h"
#include "store/s3_address.h"

namespace mk::store {

/// An answer that was received whole.
struct S3Reply {
  net::HttpHead head;
  ByteString body;
};

/// Why a request failed, and whether it is worth sending again: then it may have been carried out all the
/// same.
struct S3Problem {
  Error error;
  bool retry = false;
};

/// What an answer means that is no success, with the remedy where a person can act.
///
/// Codes:   kNotFound no such object or upload; kConflict the name is taken; kTruncated the range lies behind
///          the object; kDenied keys, rights, clock; kInvalid bucket, region, endpoint; kExhausted full,
///          quota; kCorrupt what arrived is not what was signed; kUnsupported not implemented there;
///          kUnavailable the rest of what passes
S3Problem s3_problem(const S3Reply& reply, const S3Address& address,
                     std::chrono::system_clock::time_point now);

}  // namespace mk::store
