#include "clock_file.h"

#include "base/file.h"

namespace mk::app {
namespace {

constexpr std::uint64_t kMaxBytes = 100;

Result<FileTime> read_time(const std::filesystem::path& file) {
  TRY_ASSIGN(auto text, read_file(file, kMaxBytes));
  text.erase(text.find_last_not_of(" \n") + 1);
  return parse_utc(text);
}

}  // namespace

Result<std::unique_ptr<ClockFile>> ClockFile::open(const std::filesystem::path& file) {
  TRY_ASSIGN(const auto time, read_time(file));
  return std::unique_ptr<ClockFile>(new ClockFile(file, time));
}

std::chrono::system_clock::time_point ClockFile::now() const {
  const auto read = read_time(file_);
  const std::lock_guard lock(mutex_);
  if (read) time_ = *read;
  return to_time_point(time_);
}

}  // namespace mk::app
