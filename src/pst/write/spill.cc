#include "pst/write/spill.h"

namespace mk::pst::write {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;  // a writer has several of them

}  // namespace

Result<SpillFile> SpillFile::create(const std::filesystem::path& directory) {
  TRY_ASSIGN(File file, File::open_temporary(directory));
  return SpillFile(std::move(file));
}

Status SpillFile::append(Bytes bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) TRY(flush());
  if (bytes.size() > kBufferBytes) return write_behind(bytes);
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
  TRY(write_behind(as_bytes(buffer_)));
  buffer_.clear();
  return ok;
}

Status SpillFile::write_behind(Bytes bytes) {
  TRY(file_.write_at(flushed_, bytes));
  flushed_ += bytes.size();
  return ok;
}

Status SpillFile::read_at(std::uint64_t offset, std::span<std::byte> out) {
  if (offset + out.size() > flushed_) TRY(flush());
  return file_.read_at(offset, out);
}

}  // namespace mk::pst::write
