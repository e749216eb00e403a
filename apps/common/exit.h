#pragma once
#include <functional>

#include "base/result.h"

namespace mk::app {

/// Exit codes of our programs, the same for every command (docs/guides/exit-codes.md).
enum class ExitCode {
  kOk = 0,           // done; for backup: the ledger balances and nothing was skipped
  kFailed = 1,       // nothing or not all was done, for none of the reasons below
  kUsage = 2,        // the command line is wrong, or names something that is not what the command needs
  kSkipped = 3,      // done, but items were skipped; the ledger names them
  kUnbalanced = 4,   // the ledger does not balance
  kDenied = 5,       // wrong password, no rights, a certificate that is not trusted
  kUnavailable = 6,  // the server cannot be reached or stayed busy
  kDamaged = 7,      // data that was read is damaged, or not what it should be
  kCancelled = 130   // interrupted
};

/// Prints `PROGRAM: MESSAGE` on standard error and gives the code that belongs to the error.
ExitCode report(const Error& error);

/// What the chosen subcommand does; main() runs it after parsing.
using Action = std::function<ExitCode()>;

}  // namespace mk::app
