#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/back_off.h"
#include "base/result.h"
#include "base/time.h"
#include "ews/session.h"

namespace mk::source {

/// Decides whether a failed request is worth another try, and waits before it.
///
/// Pauses are those of BackOff, from `first_pause` up to a minute.
class Retry {
 public:
  struct Policy {
    int max_retries = 8;
    std::chrono::milliseconds first_pause = std::chrono::seconds(1);
    std::uint64_t jitter_seed = 0;              // 0: random
    const std::atomic<bool>* cancel = nullptr;  // ends a pause; null: nothing does
  };
  Retry(Clock& clock, const Policy& policy);

  /// After `attempt` tries (1 = the first) that ended in `why`. A server that was never reached and never
  /// answered is not asked again: the address is wrong or it is down, and a person should know at once.
  bool worth(const Error& why, const ews::Session& session, int attempt) const;
  /// Errors: kCancelled  somebody wants an end
  Status pause(const Error& why, int attempt);

  /// Calls `f` until it succeeds or is not worth another try.
  template <class F>
  auto run(const ews::Session& session, F f) {
    for (int attempt = 1;; ++attempt) {
      auto result = f();
      if (result || !worth(result.error(), session, attempt)) return result;
      if (auto waited = pause(result.error(), attempt); !waited)
        return decltype(result)(std::move(waited).error());
    }
  }

  std::chrono::milliseconds waited() const { return waited_; }
  int max_retries() const { return policy_.max_retries; }

 private:
  Clock& clock_;
  Policy policy_;
  BackOff back_off_;
  std::chrono::milliseconds waited_{0};
};

}  // namespace mk::source
