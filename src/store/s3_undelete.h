#pragma once
#include <functional>

#include "store/s3_answer.h"
#include "store/s3_facts.h"

namespace mk::store {

/// Brings back what was deleted or written over in a bucket with versions. An object of a vault is written
/// once, so that its oldest version is the one that counts; where a name is the hash of its content, the
/// oldest that fits it.
///
/// Errors: kUnsupported  the store keeps no versions; kDenied  the right to list or read them is missing;
///         those of S3Client
/// Bounds: the versions of one name; one object, none that is longer than its kind can be
class S3Undelete {
 public:
  explicit S3Undelete(S3Client& client) : client_(client) {}
  /// Told of each name that is back, below the prefix.
  Status run(const std::function<void(const std::string&)>& visit);

 private:
  using Version = S3VersionsPage::Version;
  using Versions = std::vector<Version>;  // of one name, the newest first
  Result<S3VersionsPage> list_page(const std::string& key, const std::string& id);
  Result<bool> bring_back(const std::string& name, const Versions& versions);
  Result<std::size_t> find_good(const std::string& name, const Versions& versions);
  Status remove_above(const std::string& name, const Versions& versions, std::size_t good);
  Result<ByteString> get(const std::string& name, const Version& version);
  S3Client& client_;
};

}  // namespace mk::store
