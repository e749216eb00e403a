#include "pst/write/spill.h"

namespace mk::pst::write {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;

}  // namespace

Result<SpillFile> SpillFile::create(const std::filesystem::path& directory) {
  TRY_ASSIGN(File file, File::open_temporary(directory));
  return SpillFile(std::move(file));
}

Status SpillFile::append(Bytes bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) TRY(flush());
  buffer_.append(as_chars(bytes));
  return ok;
}

void SpillFile::truncate(std::uint64_t size) {
  MK_CHECK(size <= this->size());
  if (size >= flushed_) {
    buffer_.resize(size - flushed_);
    return;
  }
  flushed_ = size;
  buffer_.clear();
}

Status SpillFile::flush() {
  TRY(file_.write_at(flushed_, as_bytes(buffer_)));
  flushed_ += buffer_.size();
  buffer_.clear();
  return ok;
}

Status SpillFile::read_at(std::uint64_t offset, std::span<std::byte> out) {
  if (offset + out.size() > flushed_) TRY(flush());
  return file_.read_at(offset, out);
}

}  // namespace mk::pst::write
