#include "net/rate_limit.h"

#include <algorithm>

namespace mk::net {
namespace {

constexpr std::chrono::milliseconds kBurst{100};
constexpr std::uint64_t kPiecesPerSecond = 16, kMaxPieceBytes = 256 * 1024;

}  // namespace

RateLimit::RateLimit(std::uint64_t bytes_per_second, Clock& clock)
    : bytes_per_second_(bytes_per_second), clock_(clock) {
  MK_CHECK(bytes_per_second > 0);
}

void RateLimit::pass(std::uint64_t bytes) {
  const std::chrono::duration<double> cost(static_cast<double>(bytes) /
                                           static_cast<double>(bytes_per_second_));
  std::chrono::nanoseconds wait{};
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.steady();
    due_ = std::max(due_, now - kBurst) + std::chrono::duration_cast<std::chrono::nanoseconds>(cost);
    wait = due_ - now;
  }
  // what is too short to sleep stays booked
  const auto whole = std::chrono::floor<std::chrono::milliseconds>(wait);
  if (whole.count() > 0) clock_.sleep_for(whole);
}

std::size_t RateLimit::piece_bytes() const {
  return static_cast<std::size_t>(
      std::clamp<std::uint64_t>(bytes_per_second_ / kPiecesPerSecond, 1, kMaxPieceBytes));
}

}  // namespace mk::net
