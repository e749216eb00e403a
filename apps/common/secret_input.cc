#include "secret_input.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/file.h"

namespace mk::app {
namespace {

constexpr std::uint64_t kMaxSecretBytes = 64 * 1024;

void strip_line_end(std::string& text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
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

}  // namespace

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

Result<SecretString> secret_from_terminal(const std::string& prompt, const std::string& no_terminal) {
  if (isatty(STDIN_FILENO) == 0) return Error{Code::kInvalid, no_terminal};
  fmt::print(stderr, "{}: ", prompt);
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

}  // namespace mk::app
