#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "vault/key_ring.h"

namespace mk::app {

/// Where a key of a vault comes from: a password, a key file or a recovery key, never the command line
/// itself.
struct KeyOptions {
  std::string password_file, password_env, key_file, recovery_file;
};

/// Adds --password-file --password-env --key-file --recovery-file, each with `prefix` ("new-", "vault-")
/// before it.
void add_key_options(CLI::App& command, KeyOptions& o, const std::string& prefix = "");

/// Reads it; asks for a password when none of the options was given, twice when it is a new one.
/// Errors: kInvalid  not a key, an empty password, no terminal to ask at; kNotFound, kDenied  the file
Result<vault::Unlock> read_key(const KeyOptions& o, bool is_new = false);

}  // namespace mk::app
