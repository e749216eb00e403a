#include "source/retry.h"

#include <fmt/format.h>

#include "base/log.h"

namespace mk::source {
namespace {

constexpr std::chrono::milliseconds kLongestPause = std::chrono::minutes(1);
/// Some front ends answer 401 when they are overloaded. More tries with a password that has become wrong
/// could lock the account.
constexpr int kRefusedTries = 3;

}  // namespace

Retry::Retry(Clock& clock, const Policy& policy)
    : clock_(clock), policy_(policy), back_off_(policy.first_pause, kLongestPause, policy.jitter_seed) {}

bool Retry::worth(const Error& why, const ews::Session& session, int attempt) const {
  if (attempt > policy_.max_retries) return false;
  if (why.code == Code::kDenied)
    return session.answered && session.http_status == 401 && attempt <= kRefusedTries;
  if (why.code != Code::kUnavailable && why.code != Code::kTruncated) return false;
  return session.answered || session.http_status != 0;
}

void Retry::pause(const Error& why, int attempt) {
  const auto pause = back_off_.after(attempt, why.retry_after);
  log_info(fmt::format("waiting {} ms before try {}: {}", pause.count(), attempt + 1, why.what));
  clock_.sleep_for(pause);
  waited_ += pause;
}

}  // namespace mk::source
