#pragma once
#include <functional>

#include "base/file.h"

namespace mk::sim {

/// Where the bytes of items lie that are not elsewhere already: one file that only grows.
class Spool {
 public:
  /// A file without a name in `directory`, or, with a `name`, one that stays.
  static Result<std::shared_ptr<Spool>> open(const std::filesystem::path& directory,
                                             const std::string& name = {});
  /// What `write` puts into the sink, as a blob.
  Result<BlobPtr> add(const std::function<Status(ByteSink&)>& write);
  Result<BlobPtr> add(Bytes bytes);
  /// A part that is there already.  Errors: kTruncated  it is not
  Result<BlobPtr> at(std::uint64_t offset, std::uint64_t length) const;
  /// Start of the blob that add() gave last.
  std::uint64_t last_offset() const { return last_; }

 private:
  explicit Spool(File file) : file_(std::make_shared<File>(std::move(file))) {}
  std::shared_ptr<File> file_;
  std::uint64_t end_ = 0, last_ = 0;
};

}  // namespace mk::sim
