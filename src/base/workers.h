#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace mk {

/// Threads that do what they are given, first come, first served.
///
/// Threads: run() from one
class Workers {
 public:
  explicit Workers(unsigned threads);
  ~Workers();  // what waits is done first
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  std::future<void> run(std::function<void()> task);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::packaged_task<void()>> tasks_;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mk
