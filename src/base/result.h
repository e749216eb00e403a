#pragma once
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace mk {

/// What went wrong, chosen by what the caller does about it.
enum class Code {
  kCorrupt,      // damaged data: record the item, go on
  kTruncated,    // data ends too early: record the item, go on (a source may try again)
  kNotFound,     // the thing is not there (any more)
  kUnsupported,  // known, but not something we do
  kDenied,       // credentials or rights: stop the job, tell someone
  kUnavailable,  // busy, unreachable, timed out: retry with back-off
  kConflict,     // somebody else changed or holds it
  kExhausted,    // disk full, quota, request limit: free something first
  kInvalid,      // the caller's input is wrong: say which and how to mend it
  kCancelled,    // asked to stop
  kInternal      // our own fault, or the system's in a way nobody can act on
};
std::string_view code_name(Code code);

/// An error reads `where: what, cause, remedy`; each layer adds its `where` once.
struct [[nodiscard]] Error {
  Code code = Code::kInternal;
  std::string what;
  std::chrono::milliseconds retry_after{0};  // kUnavailable: what the server asked for, 0 = did not say

  Error&& in(std::string_view where) && {
    what.insert(0, std::string(where) + ": ");
    return std::move(*this);
  }
};

[[noreturn]] inline void check_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: bug in mailkeep: %s does not hold\n", file, line, what);
  std::abort();
}

/// A value or an Error: the std::expected subset that g++ 12 and clang agree on (docs/adr/0001).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : v_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return v_.index() == 0; }
  T& operator*() & { return value(); }
  const T& operator*() const& { return const_cast<Result*>(this)->value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &const_cast<Result*>(this)->value(); }
  Error& error() & { return failure(); }
  const Error& error() const& { return const_cast<Result*>(this)->failure(); }
  Error&& error() && { return std::move(failure()); }

 private:
  T& value() {
    if (v_.index() != 0)
      check_failed(("value of failed Result: " + failure().what).c_str(), __FILE__, __LINE__);
    return *std::get_if<0>(&v_);
  }
  Error& failure() {
    if (v_.index() != 1) check_failed("error of a Result that holds a value", __FILE__, __LINE__);
    return *std::get_if<1>(&v_);
  }
  std::variant<T, Error> v_;
};

using Status = Result<std::monostate>;
inline constexpr std::monostate ok{};

}  // namespace mk

#define MK_CHECK(cond)                                          \
  do {                                                          \
    if (!(cond)) ::mk::check_failed(#cond, __FILE__, __LINE__); \
  } while (0)
#define MK_CAT_(a, b) a##b
#define MK_CAT(a, b) MK_CAT_(a, b)
#define TRY(expr)                                                  \
  do {                                                             \
    if (auto try_ = (expr); !try_) return std::move(try_).error(); \
  } while (0)
#define TRY_ASSIGN_(tmp, decl, expr)       \
  auto tmp = (expr);                       \
  if (!tmp) return std::move(tmp).error(); \
  decl = *std::move(tmp)
#define TRY_ASSIGN(decl, expr) TRY_ASSIGN_(MK_CAT(try_, __LINE__), decl, expr)
