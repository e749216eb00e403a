#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "vault/key_ring.h"

namespace mk::app {

/// Where a key of a vault comes from: a password, a key file or a recovery key, never the command line
/// itself.
struct KeyOptions {
  std::string password_file, password_env, key_file, recovery_file;
  bool given() const {
    return !(password_file.empty() && password_env.empty() && key_file.empty() && recovery_file.empty());
  }
};

/// Adds --password-file --password-env --key-file --recovery-file, each with `prefix` ("new-", "vault-")
/// before it.
void add_key_options(CLI::App& command, KeyOptions& o, const std::string& prefix = "");

/// Reads the key of the vault in `store`. When none of the options was given it asks for a password, but not
/// for that of a vault that is not encrypted: it says so on standard error. Errors: kInvalid  not a key, an
/// empty password, no terminal to ask at; kNotFound, kDenied  the file
Result<vault::Unlock> read_key(const KeyOptions& o, vault::Store& store);
/// The same of a key that is to be; a password is asked for twice.
Result<vault::Unlock> read_new_key(const KeyOptions& o);

}  // namespace mk::app
