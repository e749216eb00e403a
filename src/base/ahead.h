#pragma once
#include <optional>

#include "base/workers.h"

namespace mk {

/// Values that are made on other threads ahead of their use, and taken in the order in which they were asked
/// for.
///
/// Bounds:  as many as were added and not taken      Threads: add() and take() from one
template <class T>
class Ahead {
 public:
  /// Without threads each value is made when it is asked for.
  explicit Ahead(unsigned threads) : workers_(threads > 0 ? std::make_unique<Workers>(threads) : nullptr) {}

  void add(std::function<T()> make) {
    Slot& slot = *slots_.emplace_back(std::make_unique<Slot>());
    auto fill = [&slot, make = std::move(make)] { slot.value.emplace(make()); };
    if (workers_)
      slot.made = workers_->run(std::move(fill));
    else
      fill();
  }
  std::size_t size() const { return slots_.size(); }
  /// The one that was added first; waits for it. size() is not 0.
  T take() {
    const auto slot = std::move(slots_.front());
    slots_.pop_front();
    if (slot->made.valid()) slot->made.get();
    return *std::move(slot->value);
  }

 private:
  struct Slot {
    std::future<void> made;
    std::optional<T> value;
  };
  std::deque<std::unique_ptr<Slot>> slots_;
  std::unique_ptr<Workers> workers_;  // last, so that it ends first
};

}  // namespace mk
