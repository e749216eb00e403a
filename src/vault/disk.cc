#include "vault/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/file.h"

namespace mk::vault {
namespace {

namespace fs = std::filesystem;

class PosixDisk final : public Disk {
 public:
  Status write_new(const Path& path, Bytes bytes) override {
    TRY_ASSIGN(File f, File::open(path, File::Mode::kCreateNew));
    return f.write_past_cache(0, bytes);
  }
  Status sync(const Path& path) override {
    TRY_ASSIGN(File f, File::open(path, File::Mode::kReadWrite));
    return f.sync_data();
  }
  Status rename_new(const Path& from, const Path& to) override { return mk::rename_new(from, to); }
  Status sync_directory(const Path& dir) override { return mk::sync_directory(dir); }
  Status make_directory(const Path& dir) override { return mk::create_directories(dir); }
  Status remove(const Path& path) override {
    std::error_code e;
    fs::remove(path, e);
    return e ? Status(failed("delete", path, e)) : ok;
  }
  Result<ByteString> read(const Path& path, std::uint64_t offset, std::uint64_t length) override {
    TRY_ASSIGN(const std::uint64_t n, size(path));
    if (offset > n || length > n - offset)
      return Error{Code::kTruncated,
                   fmt::format("{}: {} bytes, {} were wanted from {}", path.string(), n, length, offset)};
    TRY_ASSIGN(File f, File::open(path, File::Mode::kRead));
    ByteString out(length, '\0');
    TRY(f.read_at(offset, std::as_writable_bytes(std::span(out.data(), out.size()))));
    return out;
  }
  Result<std::uint64_t> size(const Path& path) override {
    struct stat st{};
    const int err = ::lstat(path.c_str(), &st) == 0 ? 0 : errno;
    if (err == 0 && S_ISREG(st.st_mode)) return static_cast<std::uint64_t>(st.st_size);
    if (err == 0 || err == ENOENT || err == ENOTDIR)
      return Error{Code::kNotFound, path.string() + ": there is no such file"};
    return failed("look at", path, std::error_code(err, std::generic_category()));
  }
  /// The system's own listing: a log may have a million names of which a few are wanted.
  Result<std::vector<std::string>> list(const Path& dir, const std::string& prefix) override {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(dir.c_str()),
                                                   [](DIR* d) { return ::closedir(d); });
    if (!open && errno == ENOENT) return names;
    if (!open) return cannot_list(dir);
    for (;;) {
      errno = 0;
      const dirent* e = ::readdir(open.get());
      if (e == nullptr && errno != 0) return cannot_list(dir);
      if (e == nullptr) break;
      const std::string_view name(e->d_name);
      if (!name.starts_with(prefix) || name == "." || name == "..") continue;
      names.push_back(std::string(name) + (is_folder(dir, *e) ? "/" : ""));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  static Error failed(const char* what, const Path& path, const std::error_code& e) {
    const bool denied = e == std::errc::permission_denied || e == std::errc::operation_not_permitted;
    return {denied ? Code::kDenied : Code::kInternal,
            fmt::format("cannot {} {}: {}", what, path.string(), e.message())};
  }
  static Error cannot_list(const Path& dir) {
    return {Code::kDenied, fmt::format("cannot list {}: {}", dir.string(), std::strerror(errno))};
  }
  static bool is_folder(const Path& dir, const dirent& e) {
    if (e.d_type != DT_UNKNOWN) return e.d_type == DT_DIR;
    std::error_code unknown;  // the file system does not say
    return fs::symlink_status(dir / e.d_name, unknown).type() == fs::file_type::directory;
  }
};

}  // namespace

std::unique_ptr<Disk> make_disk() { return std::make_unique<PosixDisk>(); }

}  // namespace mk::vault
