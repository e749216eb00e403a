#include "agent/notify/service.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "base/text.h"

namespace mk::agent {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n <= 0) return std::nullopt;
  return n;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  const auto watchdog = number(environment("WATCHDOG_USEC"));
  const std::string whom = environment("WATCHDOG_PID");
  const bool ours = whom.empty() || number(whom) == ::getpid();
  if (!watchdog || !ours) return ServiceManager(environment("NOTIFY_SOCKET"));
  return ServiceManager(environment("NOTIFY_SOCKET"), std::chrono::microseconds(*watchdog));
}

Status ServiceManager::status(std::string_view text) const { return send("STATUS=" + printable(text)); }

std::optional<std::chrono::microseconds> ServiceManager::alive_interval() const {
  if (!watchdog_ || socket_.empty()) return std::nullopt;
  return *watchdog_ / 2;
}

Status ServiceManager::send(std::string_view state) const {
  if (socket_.empty()) return ok;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path || (socket_[0] != '/' && socket_[0] != '@'))
    return Error{Code::kUnavailable,
                 fmt::format("NOTIFY_SOCKET {} is not the address of a socket", printable(socket_))};
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return Error{Code::kUnavailable, fmt::format("no socket: {}", std::generic_category().message(errno))};
  const auto sent = ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&address), length);
  const int error = errno;
  ::close(fd);
  if (sent == static_cast<ssize_t>(state.size())) return ok;
  return Error{Code::kUnavailable, fmt::format("the service manager at {} does not listen: {}",
                                               printable(socket_), std::generic_category().message(error))};
}

}  // namespace mk::agent
