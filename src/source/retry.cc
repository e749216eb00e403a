#include "source/retry.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace mk::source {
namespace {

constexpr std::chrono::milliseconds kLongestPause = std::chrono::minutes(1);
/// Some front ends answer 401 when they are overloaded. More tries with a password that has become wrong
/// could lock the account.
constexpr int kRefusedTries = 3;

std::uint_fast32_t seed_of(std::uint64_t seed) {
  return seed != 0 ? static_cast<std::uint_fast32_t>(seed) : std::random_device{}();
}

}  // namespace

Retry::Retry(Clock& clock, const Policy& policy)
    : clock_(clock), policy_(policy), random_(seed_of(policy.jitter_seed)) {}

bool Retry::worth(const Error& why, const ews::Session& session, int attempt) const {
  if (attempt > policy_.max_retries) return false;
  if (why.code == Code::kDenied)
    return session.answered && session.http_status == 401 && attempt <= kRefusedTries;
  if (why.code != Code::kUnavailable && why.code != Code::kTruncated) return false;
  return session.answered || session.http_status != 0;
}

void Retry::pause(const Error& why, int attempt) {
  const int doublings = std::clamp(attempt - 1, 0, 16);
  const auto longest = std::min(policy_.first_pause * (1 << doublings), kLongestPause);
  std::uniform_real_distribution<double> part(0.5, 1.0);
  auto pause = std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(longest.count()) * part(random_)));
  if (why.retry_after > std::chrono::milliseconds(0)) {
    const auto extra =
        static_cast<double>(why.retry_after.count()) * (part(random_) - 0.5) / 5;  // up to a tenth
    pause = std::max(pause, why.retry_after + std::chrono::milliseconds(static_cast<std::int64_t>(extra)));
  }
  log_info(fmt::format("waiting {} ms before try {}: {}", pause.count(), attempt + 1, why.what));
  clock_.sleep_for(pause);
  waited_ += pause;
}

}  // namespace mk::source
