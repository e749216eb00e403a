#pragma once
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace mk::app {

/// Where passwords and tokens come from; never from the command line, which others can see.
/// Errors: kInvalid  the file is empty, the variable not set, or there is no terminal to ask at; kNotFound,
/// kDenied the file; kCancelled  interrupted at the prompt
Result<SecretString> secret_from_file(const std::string& path);
Result<SecretString> secret_from_environment(const std::string& name);
/// Asks `PROMPT: ` on standard error, without echo; `no_terminal` says what else could have been given.
Result<SecretString> secret_from_terminal(const std::string& prompt, const std::string& no_terminal);

}  // namespace mk::app
