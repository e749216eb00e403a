#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace mk::store {

/// The XML documents with which an S3 store answers. Namespaces are not looked at: stores differ in them.
///
/// Spec:    Amazon S3 API reference, the response of each operation; "Error responses"
/// Errors:  kCorrupt  not XML, a DOCTYPE, a bound exceeded, another document than was expected
/// Bounds:  nesting <= 16, a name <= 256 bytes, a text <= 16 KiB

/// `<Error>`: what a store says when it does not do what was asked.
struct S3Fault {
  std::string code, message;
  std::string region, endpoint;  // with redirections
  std::string server_time;       // with RequestTimeTooSkewed
};
/// Nothing when it is another document, or none.
std::optional<S3Fault> read_fault(Bytes xml);

struct S3ListPage {
  struct Object {
    std::string key;
    std::uint64_t bytes = 0;
  };
  std::vector<Object> objects;
  bool is_truncated = false;
  std::string next_token;
};
/// ListBucketResult of ListObjectsV2; keys are decoded.
Result<S3ListPage> read_list_page(Bytes xml);

/// ListVersionsResult of ListObjectVersions: all that ever had a name and is still there, the newest first.
struct S3VersionsPage {
  struct Version {
    std::string key, id;
    bool is_marker = false;  // of a deletion, instead of an object
    std::uint64_t bytes = 0;
  };
  std::vector<Version> versions;
  bool is_truncated = false;
  std::string next_key, next_id;
};
Result<S3VersionsPage> read_versions_page(Bytes xml);

/// InitiateMultipartUploadResult: the id of the upload.
Result<std::string> read_upload_id(Bytes xml);

/// CompleteMultipartUploadResult, which alone says that the object is there: an error comes with status 200
/// too.
Status read_completion(Bytes xml);

/// VersioningConfiguration: `Enabled`, `Suspended`, or empty for a bucket that never had versions.
Result<std::string> read_versioning(Bytes xml);

/// ObjectLockConfiguration.
struct S3ObjectLock {
  bool enabled = false;
  std::string mode;       // of the default retention: COMPLIANCE or GOVERNANCE; empty: there is none
  std::string retention;  // `30 days`, `1 years`
};
Result<S3ObjectLock> read_object_lock(Bytes xml);

/// Retention, of an object.
struct S3Retention {
  std::string mode;  // COMPLIANCE or GOVERNANCE
  FileTime until;
};
Result<S3Retention> read_retention(Bytes xml);

}  // namespace mk::store
