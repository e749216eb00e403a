#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mk::pst::ndb {

/// What of an object could not be read and was left out. Functions that take a Losses* read as much as they
/// can when it is set, and stop at the first damage when it is null.
///
/// Bounds: the first 32 are told, the rest counted
class Losses {
 public:
  void add(const Error& e, std::string_view where) {
    ++n_;
    if (told_.size() < kMaxTold) told_.push_back(Error(e).in(where).what);
  }
  std::size_t size() const { return n_; }
  const std::vector<std::string>& told() const { return told_; }

 private:
  static constexpr std::size_t kMaxTold = 32;
  std::size_t n_ = 0;
  std::vector<std::string> told_;
};

/// The status, or ok when the loss could be noted.
inline Status tolerate(Losses* losses, Status s, std::string_view where) {
  if (s) return s;
  if (losses == nullptr) return std::move(s).error().in(where);
  losses->add(s.error(), where);
  return ok;
}

}  // namespace mk::pst::ndb
