#pragma once
#include "base/result.h"

namespace mk::agent {

/// Questions to Exchange servers and stores take as long as these like: while as many are asked as may be,
/// some threads stay free for everything else.
///
/// Threads: any
class Question {
 public:
  Question();
  ~Question();
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  /// Errors: kUnavailable  enough are being asked
  Status admitted() const;

 private:
  bool admitted_;
};

}  // namespace mk::agent
