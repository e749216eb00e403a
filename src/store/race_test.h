#pragma once
// For tests only: several writers that want one name.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "store/s3_store.h"

namespace mk::store {

struct Race {
  int winners = 0;
  std::string winner;  // what the last of them wrote
};

/// Three writers put their number under `name` at the same time, each through a store of its own.
inline Race race_for(const S3Options& options, const std::string& name) {
  std::atomic<int> winners = 0, winner = -1;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, i] {
      if (!make_s3_store(options)->put(name, as_bytes(std::to_string(i)))) return;
      ++winners;
      winner = i;
    });
  threads.clear();
  return {winners, std::to_string(winner)};
}

}  // namespace mk::store
