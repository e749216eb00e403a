#pragma once
// For tests only: where other people's data lies, how a test says that it is not there, where it writes.
#include <cstdlib>
#include <filesystem>

namespace mk {

/// ../shared/data/SUB beside the checkout (or below $MK_SHARED_DATA); an empty path when it is absent.
inline std::filesystem::path shared_data(const std::filesystem::path& sub) {
  const char* root = std::getenv("MK_SHARED_DATA");
  const auto base =
      root != nullptr ? std::filesystem::path(root) : std::filesystem::path(MK_SOURCE_DIR) / "../shared/data";
  return std::filesystem::exists(base / sub) ? base / sub : std::filesystem::path{};
}

/// A file of an installed npm package; an empty path when it is absent.
inline std::filesystem::path npm_data(const std::filesystem::path& sub) {
  const auto path = std::filesystem::path(MK_SOURCE_DIR) / "node_modules" / sub;
  return std::filesystem::exists(path) ? path : std::filesystem::path{};
}

/// A folder in memory, where a sync costs nothing, if there is one with room; else that for temporary files.
inline std::filesystem::path fast_scratch() {
  constexpr std::uintmax_t kEnough = 512 * 1024 * 1024;
  std::error_code failed;
  const auto space = std::filesystem::space("/dev/shm", failed);
  return !failed && space.available > kEnough ? "/dev/shm" : std::filesystem::temp_directory_path();
}

/// Sanitizers keep freed memory for a while: what a test measures of memory then says nothing of the program.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace mk

#define MK_SKIP_IF_ABSENT(path) \
  if ((path).empty()) GTEST_SKIP() << #path " is not here: other people's data is not part of the project"
