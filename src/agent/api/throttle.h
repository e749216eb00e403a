#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace mk::agent {

/// Makes those wait who fail again and again, twice as long each time.
///
/// Bounds:  so many keys at most; of more those are forgotten that failed least
/// Threads: any
class Throttle {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Rule {
    unsigned free = 5;  // failures that cost nothing
    std::chrono::seconds longest{900};
    std::size_t max_keys = 10'000;
  };
  explicit Throttle(const Rule& rule) : rule_(rule) {}

  /// How long this key still has to wait; zero: it may try.
  std::chrono::seconds wait(const std::string& key, Time now) const;
  void failed(const std::string& key, Time now);
  void succeeded(const std::string& key);
  std::size_t keys() const;

 private:
  struct Record {
    unsigned failures = 0;
    Time until{};  // no attempt before that
  };
  void forget_one(Time now);

  const Rule rule_;
  mutable std::mutex mutex_;
  std::map<std::string, Record> records_;
};

/// Whose failures are counted together: an IPv4 address, or the first 64 bits of an IPv6 address.
std::string network_of(const std::string& address);

}  // namespace mk::agent
