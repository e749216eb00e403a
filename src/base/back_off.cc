#include "base/back_off.h"

#include <algorithm>

namespace mk {
namespace {

constexpr int kMaxDoublings = 20;

std::uint_fast32_t seed_of(std::uint64_t seed) {
  return seed != 0 ? static_cast<std::uint_fast32_t>(seed) : std::random_device{}();
}

}  // namespace

BackOff::BackOff(Pause first, Pause longest, std::uint64_t seed)
    : first_(first), longest_(longest), random_(seed_of(seed)) {}

BackOff::Pause BackOff::after(int failures, Pause asked_for) {
  const int doublings = std::clamp(failures - 1, 0, kMaxDoublings);
  const Pause most = std::min(first_ * (1 << doublings), longest_);
  const Pause own = between(most / 2, most);
  return asked_for > own ? between(asked_for, asked_for + asked_for / 10) : own;
}

BackOff::Pause BackOff::between(Pause least, Pause most) {
  return Pause(std::uniform_int_distribution<Pause::rep>(least.count(), most.count())(random_));
}

}  // namespace mk
