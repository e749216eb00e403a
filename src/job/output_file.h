#pragma once
#include <memory>

#include "base/file.h"

namespace mk::job {

/// A new file of an export. Remembers whether it was the file that failed, or what should go into it.
class OutputFile final : public ByteSink {
 public:
  static Result<OutputFile> create(const std::filesystem::path& path) {
    TRY_ASSIGN(auto file, File::open(path, File::Mode::kCreateNew));
    return OutputFile(std::make_unique<File>(std::move(file)));
  }
  Status write(Bytes bytes) override { return note(sink_->write(bytes)); }
  Status flush() { return note(sink_->flush()); }
  bool failed() const { return failed_; }

 private:
  explicit OutputFile(std::unique_ptr<File> file)
      : file_(std::move(file)), sink_(std::make_unique<FileSink>(*file_)) {}
  Status note(Status s) {
    failed_ = failed_ || !s;
    return s;
  }

  std::unique_ptr<File> file_;
  std::unique_ptr<FileSink> sink_;
  bool failed_ = false;
};

}  // namespace mk::job
