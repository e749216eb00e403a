#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

namespace mk::pst::write {

/// Threads that do what they are given, first come, first served.
///
/// Threads: run() from one
class Encoders {
 public:
  explicit Encoders(unsigned threads);
  ~Encoders();  // what waits is done first
  Encoders(const Encoders&) = delete;
  Encoders& operator=(const Encoders&) = delete;

  std::future<void> run(std::function<void()> task);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::packaged_task<void()>> tasks_;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mk::pst::write
