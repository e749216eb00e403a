#include "store/s3_error.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "base/text.h"
#include "base/time.h"
#include "store/s3_answer.h"

namespace mk::store {
namespace {

using std::chrono::system_clock;

struct Row {
  std::string_view code;
  Code as;
  bool retry;
  std::string_view meaning;
};

/// By the codes of Amazon's list of errors, and those that Ceph and MinIO add to it.
constexpr Row kRows[] = {
    {"NoSuchKey", Code::kNotFound, false, "there is no such object"},
    {"NoSuchUpload", Code::kNotFound, false, "there is no such upload (any more)"},
    {"NoSuchBucket", Code::kInvalid, false,
     "there is no such bucket; make it first, or check its name and the endpoint"},
    {"InvalidBucketName", Code::kInvalid, false, "the store does not take that name for a bucket; check it"},
    {"NoSuchObjectLockConfiguration", Code::kUnsupported, false, "nothing is locked there"},
    {"ObjectLockConfigurationNotFoundError", Code::kUnsupported, false, "nothing is locked there"},
    {"PreconditionFailed", Code::kConflict, false, "there is such an object already"},
    {"InvalidRange", Code::kTruncated, false, "the object ends before"},
    {"SignatureDoesNotMatch", Code::kDenied, false,
     "the store refuses the signature: the secret key is not the one of this access key id (or something "
     "between here and there changes requests); check the credentials"},
    {"InvalidAccessKeyId", Code::kDenied, false,
     "the store does not know this access key id; check the credentials"},
    {"ExpiredToken", Code::kDenied, false, "the session token has expired; get new credentials"},
    {"InvalidToken", Code::kDenied, false, "the store refuses the session token; get new credentials"},
    {"AccessDenied", Code::kDenied, false,
     "the store does not allow it; the access key needs the rights to list the bucket (ListBucket) and to "
     "get, "
     "put and delete objects (GetObject, PutObject, DeleteObject)"},
    {"AllAccessDisabled", Code::kDenied, false,
     "the bucket is closed to everybody; ask whoever runs the store"},
    {"UserSuspended", Code::kDenied, false, "the account is suspended; ask whoever runs the store"},
    {"QuotaExceeded", Code::kExhausted, false,
     "the quota is used up; free room or have it raised, then run it again"},
    {"XMinioStorageFull", Code::kExhausted, false, "the store is full; free room, then run it again"},
    {"XMinioStorageQuotaExceeded", Code::kExhausted, false,
     "the quota is used up; free room or have it raised, then run it again"},
    {"InsufficientStorage", Code::kExhausted, false, "the store is full; free room, then run it again"},
    {"ServiceQuotaExceededException", Code::kExhausted, false, "the quota is used up; have it raised"},
    {"EntityTooLarge", Code::kExhausted, false, "the object is too large for this store"},
    {"NotImplemented", Code::kUnsupported, false, "the store cannot do that"},
    {"BadDigest", Code::kCorrupt, true, "what arrived is not what was sent"},
    {"XAmzContentSHA256Mismatch", Code::kCorrupt, true, "what arrived is not what was signed"},
    {"IncompleteBody", Code::kUnavailable, true, "the request arrived cut"},
    {"RequestTimeout", Code::kUnavailable, true, "the request took too long to arrive"},
    {"OperationAborted", Code::kUnavailable, true, "another request was in the way"},
    {"ConditionalRequestConflict", Code::kUnavailable, true, "another request was in the way"},
    {"SlowDown", Code::kUnavailable, true, "the store asks to slow down"},
    {"ServiceUnavailable", Code::kUnavailable, true, "the store is busy"},
    {"InternalError", Code::kUnavailable, true, "the store had an error of its own"},
};

/// For answers without a document that says more, as those to HEAD and those of proxies.
Row row_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
      return {"", Code::kDenied, false, "the store refuses access; check credentials and rights"};
    case 404:
      return {"", Code::kNotFound, false, "there is no such object"};
    case 405:
    case 501:
      return {"", Code::kUnsupported, false, "the store cannot do that"};
    case 408:
    case 429:
      return {"", Code::kUnavailable, true, "the store asks to slow down"};
    case 409:
      return {"", Code::kUnavailable, true, "another request was in the way"};
    case 412:
      return {"", Code::kConflict, false, "there is such an object already"};
    case 416:
      return {"", Code::kTruncated, false, "the object ends before"};
    case 507:
      return {"", Code::kExhausted, false, "the store is full; free room, then run it again"};
    default:
      break;
  }
  if (status >= 500) return {"", Code::kUnavailable, true, "the store had an error of its own"};
  return {"", Code::kInvalid, false, "that is not an answer of S3; check the endpoint"};
}

Row row_of(const S3Fault& fault, int status) {
  for (const Row& row : kRows)
    if (row.code == fault.code) return row;
  Row row = row_of_status(status);
  if (row.as == Code::kInvalid || row.as == Code::kNotFound) row = {"", Code::kInvalid, false, ""};
  return row;
}

std::string brief(std::string_view text) {
  std::string out = printable(text.substr(0, 300));
  return text.size() > 300 ? out + "..." : out;
}

std::string format_difference(std::chrono::seconds d) {
  const auto s = std::abs(d.count());
  return s < 120 ? fmt::format("{} s", s)
                 : (s < 7200 ? fmt::format("{} min {} s", s / 60, s % 60)
                             : fmt::format("{} h {} min", s / 3600, s / 60 % 60));
}

/// The store's own time is in the document or in the header Date.
std::string skew_message(const S3Fault& fault, const S3Reply& reply, system_clock::time_point now) {
  std::optional<system_clock::time_point> theirs = reply.head.date();
  if (const auto parsed = parse_utc(fault.server_time)) theirs = to_time_point(*parsed);
  const std::string cause = "the clocks of this machine and of the store differ by ";
  if (!theirs) return cause + "more than the store allows; set this machine's clock (NTP)";
  const auto difference = std::chrono::duration_cast<std::chrono::seconds>(*theirs - now);
  const auto text = [](system_clock::time_point t) { return format_utc(to_file_time(t)).substr(0, 19); };
  return fmt::format("{}{}: it is {} here and {} there; set this machine's clock (NTP)", cause,
                     format_difference(difference), text(now), text(*theirs));
}

/// The bucket lies somewhere else: credentials are not sent after it.
std::optional<std::string> redirection(const S3Fault& fault, const S3Reply& reply, const S3Address& address) {
  std::string region(reply.head.header("x-amz-bucket-region"));
  if (region.empty()) region = fault.region;
  const bool other_region = !region.empty() && region != address.region;
  const std::string_view code = fault.code;
  const bool is_about_region =
      code == "AuthorizationHeaderMalformed" || code == "IllegalLocationConstraintException";
  if (other_region && (is_about_region || reply.head.status / 100 == 3 || reply.head.status == 400))
    return fmt::format("the bucket lies in the region {}; give --s3-region {}", brief(region), brief(region));
  if (is_about_region)
    return fmt::format("the bucket does not lie in the region {}; give its own with --s3-region",
                       address.region);
  if (reply.head.status / 100 != 3) return std::nullopt;
  const std::string to = fault.endpoint.empty() ? reply.head.location : fault.endpoint;
  return fmt::format(
      "the store redirects to {}, where credentials are not sent unasked; if that is right, "
      "give it with --s3-endpoint (and its --s3-region)",
      to.empty() ? "another place" : brief(to));
}

}  // namespace

S3Problem s3_problem(const S3Reply& reply, const S3Address& address, system_clock::time_point now) {
  const auto said = read_fault(as_bytes(reply.body));
  const S3Fault fault = said.value_or(S3Fault{});
  const int status = reply.head.status;
  const std::string where = fmt::format("bucket {} at {}", address.bucket, address.url);
  const auto problem = [&](Code code, std::string_view text, bool retry) {
    const std::string detail =
        said ? fmt::format("{} {}", status, brief(fault.code)) : std::to_string(status);
    return S3Problem{{code, fmt::format("{}: {} ({})", where, text, detail), reply.head.retry_after}, retry};
  };
  if (const auto to = redirection(fault, reply, address)) return problem(Code::kInvalid, *to, false);
  if (fault.code == "RequestTimeTooSkewed")
    return problem(Code::kDenied, skew_message(fault, reply, now), false);
  const Row row = said ? row_of(fault, status) : row_of_status(status);
  if (row.meaning.empty())
    return problem(row.as, fmt::format("the store refuses it: {}", brief(fault.message)), row.retry);
  return problem(row.as, row.meaning, row.retry);
}

}  // namespace mk::store
