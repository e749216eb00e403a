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

constexpr std::chrono::milliseconds kLook{200};  // for somebody who wants an end

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

Status Retry::pause(const Error& why, int attempt) {
  const auto pause = back_off_.after(attempt, why.retry_after);
  log_info(fmt::format("waiting {} ms before try {}: {}", pause.count(), attempt + 1, why.what));
  for (auto left = pause; left.count() > 0;) {
    if (policy_.cancel != nullptr && *policy_.cancel)
      return Error{Code::kCancelled, "interrupted while it waited to ask the server again"};
    const auto step = policy_.cancel == nullptr ? left : std::min(left, kLook);
    clock_.sleep_for(step);
    left -= step;
  }
  waited_ += pause;
  return ok;
}

}  // namespace mk::source
