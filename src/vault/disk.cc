#include "vault/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

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
    if (!e) return ok;
    const bool denied = e == std::errc::permission_denied || e == std::errc::operation_not_permitted;
    return Error{denied ? Code::kDenied : Code::kInternal,
                 fmt::format("cannot delete {}: {}", path.string(), e.message())};
  }
  Result<ByteString> read(const Path& path, std::uint64_t offset, std::uint64_t length) override {
    TRY_ASSIGN(File f, File::open(path, File::Mode::kRead));
    TRY_ASSIGN(const std::uint64_t size, f.size());
    if (offset > size || length > size - offset)
      return Error{Code::kTruncated,
                   fmt::format("{}: {} bytes, {} were wanted from {}", path.string(), size, length, offset)};
    ByteString out(length, '\0');
    TRY(f.read_at(offset, std::as_writable_bytes(std::span(out.data(), out.size()))));
    return out;
  }
  Result<std::uint64_t> size(const Path& path) override {
    TRY_ASSIGN(File f, File::open(path, File::Mode::kRead));
    return f.size();
  }
  Result<std::vector<std::string>> list(const Path& dir) override {
    std::vector<std::string> names;
    std::error_code e;
    fs::directory_iterator i(dir, e);
    if (e == std::errc::no_such_file_or_directory) return names;
    for (; !e && i != fs::directory_iterator(); i.increment(e)) {
      std::error_code unknown;
      names.push_back(i->path().filename().string() + (i->is_directory(unknown) ? "/" : ""));
    }
    if (e) return Error{Code::kDenied, fmt::format("cannot list {}: {}", dir.string(), e.message())};
    std::sort(names.begin(), names.end());
    return names;
  }
};

}  // namespace

std::unique_ptr<Disk> make_disk() { return std::make_unique<PosixDisk>(); }

}  // namespace mk::vault
