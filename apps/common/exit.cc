#include "exit.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>

#include "base/text.h"

namespace mk::app {
namespace {

ExitCode exit_code(Code code) {
  switch (code) {
    case Code::kDenied:
      return ExitCode::kDenied;
    case Code::kUnavailable:
      return ExitCode::kUnavailable;
    case Code::kCorrupt:
    case Code::kTruncated:
    case Code::kUnsupported:
      return ExitCode::kDamaged;
    case Code::kInvalid:
      return ExitCode::kUsage;
    case Code::kCancelled:
      return ExitCode::kCancelled;
    default:
      return ExitCode::kFailed;
  }
}

}  // namespace

ExitCode report(const Error& error) {
  fmt::print(stderr, "{}: {}\n", program_invocation_short_name, printable(error.what));
  return exit_code(error.code);
}

}  // namespace mk::app
