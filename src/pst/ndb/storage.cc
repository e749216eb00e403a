#include "pst/ndb/storage.h"

#include <fmt/format.h>

#include "base/file.h"

namespace mk::pst::ndb {
namespace {

class FileStorage final : public Storage {
 public:
  FileStorage(File file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    return file_.read_at(offset, out);
  }

 private:
  File file_;
  std::uint64_t size_;
};

class MemoryStorage final : public Storage {
 public:
  explicit MemoryStorage(ByteString bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset > bytes_.size() || out.size() > bytes_.size() - offset)
      return Error{Code::kTruncated,
                   fmt::format("{} bytes at offset {:#x} lie beyond the end", out.size(), offset)};
    std::memcpy(out.data(), bytes_.data() + offset, out.size());
    return ok;
  }

 private:
  ByteString bytes_;
};

}  // namespace

Result<std::shared_ptr<const Storage>> open_file_storage(const std::filesystem::path& path) {
  TRY_ASSIGN(File file, File::open(path, File::Mode::kRead));
  TRY_ASSIGN(const std::uint64_t size, file.size());
  return std::shared_ptr<const Storage>(std::make_shared<FileStorage>(std::move(file), size));
}

std::shared_ptr<const Storage> make_memory_storage(ByteString bytes) {
  return std::make_shared<MemoryStorage>(std::move(bytes));
}

}  // namespace mk::pst::ndb
