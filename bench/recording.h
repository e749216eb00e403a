#pragma once
#include <filesystem>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "http_connection.h"

namespace mk::bench {

/// What was said and heard, in one file: per exchange two lengths (8 bytes each), the request's bytes, and
/// the answer's as one rendered HTTP message with a Content-Length.
class Recorder {
 public:
  explicit Recorder(File file) : file_(std::move(file)), sink_(file_) {}
  Status add(const HttpMessage& request, const HttpMessage& answer);
  Status finish();

 private:
  std::mutex mutex_;
  File file_;
  FileSink sink_;
};

/// A recording mapped into memory, so that serving it costs a send() and nothing else.
class Recording {
 public:
  struct Exchange {
    std::string_view request, answer;
  };
  static Result<Recording> open(const std::filesystem::path& path);
  const std::vector<Exchange>& exchanges() const { return exchanges_; }

 private:
  std::vector<Exchange> exchanges_;  // into a mapping that lives as long as the process
};

}  // namespace mk::bench
