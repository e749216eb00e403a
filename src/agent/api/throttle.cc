#include "agent/api/throttle.h"

#include <arpa/inet.h>

#include <algorithm>

namespace mk::agent {
namespace {

constexpr auto kForgotten = std::chrono::hours(1);  // without a failure

}  // namespace

std::chrono::seconds Throttle::wait(const std::string& key, Time now) const {
  const std::lock_guard lock(mutex_);
  const auto it = records_.find(key);
  if (it == records_.end() || it->second.until <= now) return std::chrono::seconds(0);
  return std::chrono::ceil<std::chrono::seconds>(it->second.until - now);
}

void Throttle::failed(const std::string& key, Time now) {
  const std::lock_guard lock(mutex_);
  if (!records_.contains(key) && records_.size() >= rule_.max_keys) forget_one(now);
  Record& record = records_[key];
  if (record.until + kForgotten < now) record.failures = 0;
  ++record.failures;
  record.until = now;
  if (record.failures <= rule_.free) return;
  const unsigned doublings = std::min(record.failures - rule_.free - 1, 20U);
  record.until += std::min(rule_.longest, std::chrono::seconds(1LL << doublings));
}

void Throttle::succeeded(const std::string& key) {
  const std::lock_guard lock(mutex_);
  records_.erase(key);
}

std::size_t Throttle::keys() const {
  const std::lock_guard lock(mutex_);
  return records_.size();
}

/// Those long gone first; else the one that failed least, so that many new keys do not free an old one.
void Throttle::forget_one(Time now) {
  if (std::erase_if(records_, [&](const auto& r) { return r.second.until + kForgotten < now; }) > 0) return;
  const auto least = std::min_element(records_.begin(), records_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.failures, a.second.until) < std::pair(b.second.failures, b.second.until);
  });
  if (least != records_.end()) records_.erase(least);
}

std::string network_of(const std::string& address) {
  in6_addr bytes{};
  if (::inet_pton(AF_INET6, address.c_str(), &bytes) != 1 || IN6_IS_ADDR_V4MAPPED(&bytes)) return address;
  std::fill(std::begin(bytes.s6_addr) + 8, std::end(bytes.s6_addr), std::uint8_t{0});
  char text[INET6_ADDRSTRLEN];
  ::inet_ntop(AF_INET6, &bytes, text, sizeof text);
  return std::string(text) + "/64";
}

}  // namespace mk::agent
