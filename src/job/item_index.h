#pragma once
#include <memory>
#include <vector>

#include "base/file.h"

namespace mk::job {

/// One entry of items.index: an item key and where its line stands.
struct IndexEntry {
  std::uint64_t key = 0;
  std::uint64_t line_at = 0;
  auto operator<=>(const IndexEntry&) const = default;
};

/// Sorts and writes; gives the SHA-256 of the file in hexadecimal digits.
Result<std::string> write_index(const std::filesystem::path& path, std::vector<IndexEntry> entries);

/// Finds lines by key, by binary search in the file.
///
/// Errors:  kCorrupt  not an index, or its length does not match its count
/// Threads: any number
class IndexReader {
 public:
  static Result<std::unique_ptr<IndexReader>> open(const std::filesystem::path& path);
  Result<std::vector<std::uint64_t>> find(std::uint64_t key) const;
  std::uint64_t size() const { return n_; }

 private:
  IndexReader(File file, std::uint64_t n) : file_(std::move(file)), n_(n) {}
  Result<IndexEntry> at(std::uint64_t i) const;
  File file_;
  std::uint64_t n_;
};

}  // namespace mk::job
