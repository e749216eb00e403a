#include "server_options.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/size.h"
#include "net/rate_limit.h"
#include "secret_input.h"

namespace mk::app {
namespace {

constexpr std::uint64_t kLeastRate = 1000;

Result<SecretString> find_secret(const ServerOptions& o) {
  if (!o.token_file.empty()) return secret_from_file(o.token_file);
  if (!o.password_file.empty()) return secret_from_file(o.password_file);
  if (!o.password_env.empty()) return secret_from_environment(o.password_env);
  return secret_from_terminal(
      "Password of " + o.user,
      "no password: give --password-file, --password-env or --token-file (there is no terminal to ask at)");
}

Result<std::shared_ptr<net::RateLimit>> rate_limit_of(const std::string& rate) {
  if (rate.empty()) return std::shared_ptr<net::RateLimit>();
  const auto bytes = parse_size(rate);
  if (bytes && *bytes >= kLeastRate) return std::make_shared<net::RateLimit>(*bytes);
  const std::string why = bytes ? "less than 1 KB a second moves no mailbox" : bytes.error().what;
  return Error{Code::kInvalid, "--limit-rate: " + why};
}

}  // namespace

void add_server_options(CLI::App& command, ServerOptions& o, bool required) {
  auto* group = command.add_option_group("Server");
  group->add_option("--server", o.server, "URL of the server's EWS, or only its host name")
      ->required(required);
  group->add_option("--user", o.user, "user@example.com or DOMAIN\\user");
  auto* file = group->add_option("--password-file", o.password_file, "file that holds the password");
  auto* env =
      group->add_option("--password-env", o.password_env, "environment variable that holds the password");
  auto* token = group->add_option("--token-file", o.token_file, "file that holds an OAuth access token");
  file->excludes(env)->excludes(token);
  env->excludes(token);
  group->add_flag("--impersonate", o.impersonate,
                  "act as the mailbox's owner (role ApplicationImpersonation)");
  group->add_option("--ca-file", o.ca_file, "PEM file with the authorities to trust");
  group->add_flag("--insecure", o.insecure, "do not verify the server's certificate");
  group->add_option("--connections", o.connections, "connections at the same time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  group->add_option("--timeout", o.timeout_seconds, "seconds without progress before a request is given up")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  group
      ->add_option("--limit-rate", o.rate,
                   "the most that goes to and from the server in a second, over all connections together")
      ->type_name("SIZE");
}

CLI::Option* add_mailbox_option(CLI::App& command, ServerOptions& o, const std::string& name) {
  return command.add_option(name, o.mailbox,
                            "SMTP address of the mailbox on the server; the user's own if not given");
}

Result<source::EwsOptions> ews_options(const ServerOptions& o) {
  source::EwsOptions e;
  if (o.user.empty() && o.token_file.empty())
    return Error{Code::kInvalid, "no user: give --user NAME (or --token-file FILE with an access token)"};
  TRY_ASSIGN(e.password_or_token, find_secret(o));
  e.auth = o.token_file.empty() ? source::Auth::kBasic : source::Auth::kBearer;
  e.url = o.server;
  e.user = o.user;
  e.mailbox = o.mailbox;
  e.impersonate = o.impersonate;
  e.ca_file = o.ca_file;
  e.insecure = o.insecure;
  e.timeout = std::chrono::seconds(o.timeout_seconds);
  TRY_ASSIGN(e.rate_limit, rate_limit_of(o.rate));
  if (o.insecure)
    log_warning(
        "--insecure: the server's certificate is not verified; anybody in between can read the password");
  return e;
}

}  // namespace mk::app
