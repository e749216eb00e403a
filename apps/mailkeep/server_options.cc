#include "server_options.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/file.h"
#include "base/log.h"

namespace mk::app {
namespace {

constexpr std::uint64_t kMaxSecretBytes = 64 * 1024;

void strip_line_end(std::string& text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
}

Result<SecretString> secret_from_file(const std::string& path) {
  auto text = read_file(path, kMaxSecretBytes);
  if (!text) return std::move(text).error().in("password or token file");
  strip_line_end(*text);
  if (text->empty())
    return Error{Code::kInvalid,
                 fmt::format("{}: the file is empty; it must hold the password or token", path)};
  SecretString secret(*text);
  wipe(*text);
  return secret;
}

Result<SecretString> secret_from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value != nullptr && *value != '\0') return SecretString(value);
  return Error{Code::kInvalid,
               fmt::format("the environment variable {} is not set; it should hold the password", name)};
}

/// Turns the echo of the terminal off while it lives, and its signals: Ctrl-C and Ctrl-Z come as characters,
/// since a program that they end or stop would leave the terminal without echo.
class NoEcho {
 public:
  NoEcho() {
    if (tcgetattr(STDIN_FILENO, &old_) != 0) return;
    termios quiet = old_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    quiet.c_cc[VEOL] = old_.c_cc[VINTR];  // hands the line over at once
    active_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~NoEcho() {
    if (active_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &old_);
  }
  /// True for the character of the terminal's interrupt key, usually Ctrl-C.
  bool interrupts(int c) const { return active_ && c == old_.c_cc[VINTR]; }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios old_{};
  bool active_ = false;
};

Result<SecretString> secret_from_terminal(const std::string& user) {
  if (isatty(STDIN_FILENO) == 0)
    return Error{
        Code::kInvalid,
        "no password: give --password-file, --password-env or --token-file (there is no terminal to ask at)"};
  fmt::print(stderr, "Password of {}: ", user);
  std::string line;
  bool interrupted = false;
  {
    const NoEcho quiet;
    for (int c = std::getchar(); c != EOF && c != '\n' && line.size() < kMaxSecretBytes; c = std::getchar()) {
      interrupted = interrupted || quiet.interrupts(c);
      if (interrupted) break;
      line += static_cast<char>(c);
    }
  }
  fmt::print(stderr, "\n");
  if (interrupted) {
    wipe(line);
    return Error{Code::kCancelled, "interrupted while the password was asked for; nothing was done"};
  }
  SecretString secret(line);
  wipe(line);
  return secret;
}

Result<SecretString> find_secret(const ServerOptions& o) {
  if (!o.token_file.empty()) return secret_from_file(o.token_file);
  if (!o.password_file.empty()) return secret_from_file(o.password_file);
  if (!o.password_env.empty()) return secret_from_environment(o.password_env);
  return secret_from_terminal(o.user);
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
  if (o.insecure)
    log_warning(
        "--insecure: the server's certificate is not verified; anybody in between can read the password");
  return e;
}

}  // namespace mk::app
