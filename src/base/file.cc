#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace mk {
namespace {

Code code_of(int err) {
  switch (err) {
    case ENOENT:
    case ENOTDIR:
      return Code::kNotFound;
    case EACCES:
    case EPERM:
      return Code::kDenied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EROFS:
      return Code::kExhausted;
    case EEXIST:
    case EWOULDBLOCK:
      return Code::kConflict;
    case ENAMETOOLONG:
    case EINVAL:
    case EISDIR:
      return Code::kInvalid;
    default:
      return Code::kInternal;
  }
}

const char* remedy_of(int err) {
  switch (err) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space or choose another place, then run again";
    case EROFS:
      return "; the file system is read-only, choose another place";
    case EACCES:
    case EPERM:
      return "; check who owns it and its permissions";
    default:
      return "";
  }
}

Error system_error(std::string_view what, const std::filesystem::path& path, int err = errno) {
  return {code_of(err), fmt::format("{} {}: {}{}", what, path.string(), std::generic_category().message(err),
                                    remedy_of(err))};
}

int open_flags(File::Mode mode) {
  switch (mode) {
    case File::Mode::kRead:
      return O_RDONLY;
    case File::Mode::kReadWrite:
      return O_RDWR;
    case File::Mode::kCreate:
      return O_RDWR | O_CREAT | O_TRUNC;
    case File::Mode::kCreateNew:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

Status write_synced(const std::filesystem::path& path, Bytes bytes) {
  TRY_ASSIGN(File f, File::open(path, File::Mode::kCreate));
  TRY(f.write_at(0, bytes));
  return f.sync();
}

constexpr std::size_t kBlock = 4096;  // what offsets, lengths and memory are multiples of past the cache

/// As many whole blocks as the system takes past its cache, from memory that is aligned; how many bytes.
std::size_t write_blocks(int fd, std::uint64_t offset, Bytes bytes) {
  constexpr std::size_t kStep = std::size_t{1} << 20;
  const std::unique_ptr<void, decltype(&std::free)> room(std::aligned_alloc(kBlock, kStep), &std::free);
  MK_CHECK(room != nullptr);
  std::size_t done = 0;
  while (bytes.size() - done >= kBlock) {
    const std::size_t n = std::min(kStep, (bytes.size() - done) / kBlock * kBlock);
    std::memcpy(room.get(), bytes.data() + done, n);
    const ssize_t written = ::pwrite(fd, room.get(), n, static_cast<off_t>(offset + done));
    if (written <= 0) break;
    done += static_cast<std::size_t>(written) / kBlock * kBlock;
  }
  return done;
}

class FileSource final : public ByteSource {
 public:
  FileSource(std::shared_ptr<const File> file, std::uint64_t offset, std::uint64_t length)
      : file_(std::move(file)), offset_(offset), left_(length) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_));
    TRY(file_->read_at(offset_, out.first(n)));
    offset_ += n;
    left_ -= n;
    return n;
  }

 private:
  std::shared_ptr<const File> file_;
  std::uint64_t offset_, left_;
};

class FileBlob final : public Blob {
 public:
  FileBlob(std::shared_ptr<const File> file, std::uint64_t offset, std::uint64_t length)
      : file_(std::move(file)), offset_(offset), length_(length) {}
  std::uint64_t size() const override { return length_; }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override {
    const auto skip = std::min(offset, length_);
    return make_file_source(file_, offset_ + skip, length_ - skip);
  }

 private:
  std::shared_ptr<const File> file_;
  std::uint64_t offset_, length_;
};

}  // namespace

Result<File> File::open(const std::filesystem::path& path, Mode mode) {
  const int fd = ::open(path.c_str(), open_flags(mode) | O_CLOEXEC, 0600);
  if (fd < 0) return system_error(mode == Mode::kRead ? "cannot open" : "cannot write", path);
  return File(fd, path);
}

Result<File> File::open_temporary(const std::filesystem::path& dir) {
  const int fd = ::open(dir.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) return File(fd, dir / "(temporary)");
  std::string name = (dir / ".mailkeep-XXXXXX").string();  // file systems without O_TMPFILE
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named < 0) return system_error("cannot create a temporary file in", dir);
  ::unlink(name.c_str());
  return File(named, dir / "(temporary)");
}

File::File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}
File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}
File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::size_t> File::read_some_at(std::uint64_t offset, std::span<std::byte> out) const {
  std::size_t n = 0;
  while (n < out.size()) {
    const ssize_t got = ::pread(fd_, out.data() + n, out.size() - n, static_cast<off_t>(offset + n));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", path_);
    if (got == 0) break;
    n += static_cast<std::size_t>(got);
  }
  return n;
}

Status File::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  TRY_ASSIGN(const std::size_t n, read_some_at(offset, out));
  if (n == out.size()) return ok;
  return Error{Code::kTruncated, fmt::format("{} ends at byte {}, {} bytes were wanted from byte {}",
                                             path_.string(), offset + n, out.size(), offset)};
}

Status File::write_at(std::uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return system_error("cannot write", path_, n < 0 ? errno : ENOSPC);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return ok;
}

Status File::write_past_cache(std::uint64_t offset, Bytes bytes) {
  const std::uint64_t aligned = (offset + kBlock - 1) / kBlock * kBlock;
  const auto head = static_cast<std::size_t>(std::min<std::uint64_t>(aligned - offset, bytes.size()));
  TRY(write_at(offset, bytes.first(head)));
  bytes = bytes.subspan(head);
  if (bytes.size() < kBlock) return write_at(aligned, bytes);
  const int flags = ::fcntl(fd_, F_GETFL);
  const bool can = ::fcntl(fd_, F_SETFL, flags | O_DIRECT) == 0;
  const std::size_t done = can ? write_blocks(fd_, aligned, bytes) : 0;
  if (can && ::fcntl(fd_, F_SETFL, flags) != 0) return system_error("cannot write", path_);
  return write_at(aligned + done, bytes.subspan(done));  // which says what failed, if it was not the way
}

Status File::truncate(std::uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return system_error("cannot resize", path_);
  return ok;
}

void File::begin_sync(std::uint64_t offset, std::uint64_t length) {
  // an advice: what goes wrong with the bytes is told by sync()
  static_cast<void>(
      ::sync_file_range(fd_, static_cast<off_t>(offset), static_cast<off_t>(length), SYNC_FILE_RANGE_WRITE));
}

Status File::sync() {
  if (::fsync(fd_) != 0) return system_error("cannot sync", path_);
  return ok;
}

Status File::sync_data() {
  if (::fdatasync(fd_) != 0) return system_error("cannot sync", path_);
  return ok;
}

Result<std::uint64_t> File::size() const {
  struct stat st{};
  if (::fstat(fd_, &st) != 0) return system_error("cannot stat", path_);
  return static_cast<std::uint64_t>(st.st_size);
}

Status File::lock() {
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return ok;
  if (errno == EWOULDBLOCK)
    return Error{Code::kConflict,
                 fmt::format("{} is in use by another mailkeep; wait for it to end", path_.string())};
  return system_error("cannot lock", path_);
}

FileSink::FileSink(File& file, std::uint64_t offset, std::size_t buffer_bytes)
    : file_(file), offset_(offset), capacity_(buffer_bytes) {}

Status FileSink::write(Bytes bytes) {
  if (buffer_.size() + bytes.size() > capacity_) TRY(flush());
  if (bytes.size() >= capacity_) {
    TRY(file_.write_at(offset_, bytes));
    offset_ += bytes.size();
    return ok;
  }
  buffer_.append(as_chars(bytes));
  return ok;
}

Status FileSink::flush() {
  TRY(file_.write_at(offset_, as_bytes(buffer_)));
  offset_ += buffer_.size();
  buffer_.clear();
  return ok;
}

BlobPtr make_file_blob(std::shared_ptr<const File> file, std::uint64_t offset, std::uint64_t length) {
  return std::make_shared<FileBlob>(std::move(file), offset, length);
}
std::unique_ptr<ByteSource> make_file_source(std::shared_ptr<const File> file, std::uint64_t offset,
                                             std::uint64_t length) {
  return std::make_unique<FileSource>(std::move(file), offset, length);
}

Result<ByteString> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  TRY_ASSIGN(File f, File::open(path, File::Mode::kRead));
  TRY_ASSIGN(const std::uint64_t n, f.size());
  if (n > max_bytes)
    return Error{Code::kExhausted, fmt::format("{} has {} bytes, more than the {} that are read at once",
                                               path.string(), n, max_bytes)};
  ByteString out(n, '\0');
  TRY(f.read_at(0, std::as_writable_bytes(std::span(out.data(), out.size()))));
  return out;
}

Status write_file_atomically(const std::filesystem::path& path, Bytes bytes) {
  auto temporary = path;
  temporary += ".new";
  Status done = write_synced(temporary, bytes);
  if (done) done = rename_durably(temporary, path);
  if (!done) ::unlink(temporary.c_str());  // on a full disk half a file would only be in the way
  return done;
}

Status rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error("cannot rename to", to);
  return sync_directory(to.parent_path());
}

Status rename_new(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return ok;
  if (errno != EINVAL && errno != ENOSYS) return system_error("cannot rename to", to);
  // file systems without such a rename: a link is refused as well when the name is taken
  if (::link(from.c_str(), to.c_str()) != 0) return system_error("cannot link to", to);
  ::unlink(from.c_str());
  return ok;
}

Status sync_directory(const std::filesystem::path& dir) {
  const auto path = dir.empty() ? std::filesystem::path(".") : dir;
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open directory", path);
  const int r = ::fsync(fd);
  const int err = errno;
  ::close(fd);
  if (r != 0 && err != EINVAL) return system_error("cannot sync directory", path, err);
  return ok;
}

Status create_directories(const std::filesystem::path& dir) {
  std::filesystem::path at;
  for (const auto& part : dir) {
    at /= part;
    if (::mkdir(at.c_str(), 0700) == 0) continue;
    const int err = errno;
    std::error_code
        unknown;  // a file system may refuse mkdir() of what is there (read-only, no rights above it)
    if (std::filesystem::is_directory(at, unknown)) continue;
    if (err == EEXIST)
      return Error{Code::kInvalid, fmt::format("{} is not a directory; choose another place", at.string())};
    return system_error("cannot create directory", at, err);
  }
  return ok;
}

}  // namespace mk
