#include "agent/api/question.h"

#include <semaphore>

namespace mk::agent {
namespace {

constexpr std::ptrdiff_t kQuestionsAtOnce = 3;

std::counting_semaphore<>& places() {
  static std::counting_semaphore<> all(kQuestionsAtOnce);
  return all;
}

}  // namespace

Question::Question() : admitted_(places().try_acquire()) {}

Question::~Question() {
  if (admitted_) places().release();
}

Status Question::admitted() const {
  if (admitted_) return ok;
  return Error{Code::kUnavailable, "several servers are being asked already; try again"};
}

}  // namespace mk::agent
