#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "source/ews_mailbox.h"

namespace mk::app {

/// What every command that talks to a server takes on its command line.
struct ServerOptions {
  std::string server, user, mailbox;
  std::string password_file, password_env, token_file;
  bool impersonate = false;
  std::string ca_file;
  bool insecure = false;
  int connections = 4;
  int timeout_seconds = 300;
  std::string rate;  // bytes a second
};

/// Adds --server --user --password-file --password-env --token-file --impersonate --ca-file --insecure
/// --connections --timeout --limit-rate in a group of their own. `o` must outlive the parse. Commands for
/// which the server is optional (verify) give `required` = false.
void add_server_options(CLI::App& command, ServerOptions& o, bool required = true);

/// Adds the option that names the mailbox on the server (`--mailbox`, for restore `--to-mailbox`).
CLI::Option* add_mailbox_option(CLI::App& command, ServerOptions& o, const std::string& name = "--mailbox");

/// The options for the source, with the secret read from its file, the environment, or asked for on the
/// terminal; it never comes from the command line. Errors: kInvalid  no secret given and no terminal to ask
/// at, two given, no rate; kNotFound, kDenied  its file
Result<source::EwsOptions> ews_options(const ServerOptions& o);

}  // namespace mk::app
