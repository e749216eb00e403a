#pragma once
#include <filesystem>
#include <type_traits>

#include "base/file.h"

namespace mk::pst::write {

/// A temporary file that is written at its end and read again once: what a writer may not keep in memory.
///
/// Errors:  kExhausted  no room for it
/// Threads: one at a time      Owns: an unnamed file that vanishes with it
class SpillFile {
 public:
  static Result<SpillFile> create(const std::filesystem::path& directory);

  Status append(Bytes bytes);
  std::uint64_t size() const { return flushed_ + buffer_.size(); }
  /// Forgets everything from `size` on.
  void truncate(std::uint64_t size);
  Status read_at(std::uint64_t offset, std::span<std::byte> out);

 private:
  explicit SpillFile(File file) : file_(std::move(file)) {}
  Status flush();
  Status write_behind(Bytes bytes);  // what was flushed

  File file_;
  std::uint64_t flushed_ = 0;
  ByteString buffer_;
};

/// A spill file of records of one trivially copyable type, read back in the order in which they came.
template <class T>
class RecordSpill {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit RecordSpill(SpillFile file) : file_(std::move(file)) {}
  Status add(const T& record) { return file_.append(std::as_bytes(std::span(&record, 1))); }
  std::uint64_t count() const { return file_.size() / sizeof(T); }
  void truncate(std::uint64_t n) { file_.truncate(n * sizeof(T)); }

  /// The next record, or nothing at the end. Reading begins at the first record and is done once.
  Result<bool> next(T& out) {
    if (read_ == count()) return false;
    if (at_ == chunk_.size()) TRY(fill());
    out = chunk_[at_++];
    ++read_;
    return true;
  }

 private:
  Status fill() {
    chunk_.resize(std::min<std::uint64_t>(kChunkRecords, count() - read_));
    at_ = 0;
    return file_.read_at(read_ * sizeof(T), std::as_writable_bytes(std::span(chunk_)));
  }

  static constexpr std::uint64_t kChunkRecords = 4096;
  SpillFile file_;
  std::vector<T> chunk_;
  std::size_t at_ = 0;
  std::uint64_t read_ = 0;
};

}  // namespace mk::pst::write
