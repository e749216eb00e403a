#pragma once
#include <filesystem>
#include <functional>
#include <memory>

#include "base/bytes.h"

namespace mk::vault {

/// The file operations that a store in a directory is made of, one by one, so that a test can lose power
/// between any two of them. Errors as in base/file.h.
class Disk {
 public:
  using Path = std::filesystem::path;
  virtual ~Disk() = default;
  /// A new file; nothing of it is on the medium before sync().
  virtual Status write_new(const Path& path, Bytes bytes) = 0;
  virtual Status sync(const Path& path) = 0;
  /// Errors: kConflict  `to` is there. The new name survives a power loss after sync_directory().
  virtual Status rename_new(const Path& from, const Path& to) = 0;
  virtual Status sync_directory(const Path& dir) = 0;
  /// Nothing happens when it is there.
  virtual Status make_directory(const Path& dir) = 0;
  /// Nothing happens when there is no such file.
  virtual Status remove(const Path& path) = 0;
  virtual Result<ByteString> read(const Path& path, std::uint64_t offset, std::uint64_t length) = 0;
  /// Of a plain file; links are not followed, and of pipes and devices there is none.
  /// Errors: kNotFound
  virtual Result<std::uint64_t> size(const Path& path) = 0;
  /// Names in a directory that begin with `prefix`, sorted; folders end with `/`. Empty when there is no such
  /// directory.
  virtual Result<std::vector<std::string>> list(const Path& dir, const std::string& prefix) = 0;
};

std::unique_ptr<Disk> make_disk();

}  // namespace mk::vault
