#pragma once
#include <filesystem>

#include "base/file.h"

namespace mk::job {

/// Holds a stream until it is judged: in memory while small, in an unnamed temporary file above.
///
/// Bounds:  kSpoolMemoryBytes in memory
class Spool final : public ByteSink {
 public:
  static constexpr std::size_t kSpoolMemoryBytes = std::size_t{1} << 20;
  explicit Spool(std::filesystem::path temporary) : temporary_(std::move(temporary)) {}
  Status write(Bytes bytes) override;
  /// Everything written, as a blob; ends the writing.
  Result<BlobPtr> finish();

 private:
  std::filesystem::path temporary_;
  ByteString memory_;
  std::shared_ptr<File> file_;
  std::unique_ptr<FileSink> sink_;
};

}  // namespace mk::job
