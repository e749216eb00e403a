#pragma once
#include <filesystem>
#include <optional>
#include <vector>

#include "base/io.h"

namespace mk {

/// A file descriptor that closes itself. Positions are the caller's: every read and write says where.
/// Errors everywhere: kNotFound, kDenied, kExhausted (disk full, quota, read-only), kInternal; they name the
/// path. Threads: pread and pwrite from any thread.
class File {
 public:
  enum class Mode {
    kRead,
    kReadWrite,
    kCreate,
    kCreateNew
  };  // kCreate truncates; kCreateNew: kConflict if there
  /// New files are readable by their owner only.
  static Result<File> open(const std::filesystem::path& path, Mode mode);
  /// An unnamed file in `dir` that vanishes with the last descriptor.
  static Result<File> open_temporary(const std::filesystem::path& dir);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  /// Reads exactly out.size() bytes.  Errors: kTruncated  the file ends before
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const;
  /// Reads up to out.size() bytes, fewer only at the end.
  Result<std::size_t> read_some_at(std::uint64_t offset, std::span<std::byte> out) const;
  Status write_at(std::uint64_t offset, Bytes bytes);
  /// The same past the system's cache, as far as offset, length and file system allow: what is written once
  /// and not read soon must not push out what the machine works with, and costs a copy less. Threads: nobody
  /// else uses the descriptor meanwhile
  Status write_past_cache(std::uint64_t offset, Bytes bytes);
  Status truncate(std::uint64_t size);
  /// The system begins to write these bytes now, so that sync() has less to wait for.
  void begin_sync(std::uint64_t offset, std::uint64_t length);
  /// Data and metadata are on the medium when this returns.
  Status sync();
  /// Data, and of the metadata what is needed to find it.
  Status sync_data();
  Result<std::uint64_t> size() const;
  /// An advisory lock for this process.  Errors: kConflict  another process holds it
  Status lock();
  const std::filesystem::path& path() const { return path_; }

 private:
  File(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
  int fd_ = -1;
  std::filesystem::path path_;
};

/// Appends through a buffer; the file is complete only after flush().
class FileSink final : public ByteSink {
 public:
  explicit FileSink(File& file, std::uint64_t offset = 0, std::size_t buffer_bytes = 256 * 1024);
  Status write(Bytes bytes) override;
  Status flush();
  std::uint64_t offset() const { return offset_ + buffer_.size(); }  // of the next byte

 private:
  File& file_;
  std::uint64_t offset_;
  std::size_t capacity_;
  ByteString buffer_;
};

/// `length` bytes of `file` from `offset`, as a blob that keeps the file open.
BlobPtr make_file_blob(std::shared_ptr<const File> file, std::uint64_t offset, std::uint64_t length);
std::unique_ptr<ByteSource> make_file_source(std::shared_ptr<const File> file, std::uint64_t offset,
                                             std::uint64_t length);

/// Errors: kExhausted  larger than `max_bytes`
Result<ByteString> read_file(const std::filesystem::path& path, std::uint64_t max_bytes = 64 << 20);
/// Replaces `path` in one step, through a synced temporary beside it; the directory is synced too.
Status write_file_atomically(const std::filesystem::path& path, Bytes bytes);
/// rename() that survives a power loss.
Status rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);
/// rename() to a name that nothing has; not synced.  Errors: kConflict  `to` is there
Status rename_new(const std::filesystem::path& from, const std::filesystem::path& to);
Status sync_directory(const std::filesystem::path& dir);
/// Creates `dir` and its parents, readable by the owner only.
Status create_directories(const std::filesystem::path& dir);

}  // namespace mk
