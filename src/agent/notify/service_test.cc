#include "agent/notify/service.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <vector>

namespace mk::agent {
namespace {

/// Plays systemd: a datagram socket with a name.
class Manager {
 public:
  explicit Manager(const std::string& name)
      : name_(name), fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    MK_CHECK(bind(fd_, reinterpret_cast<const sockaddr*>(&address),
                  static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 0);
  }
  ~Manager() {
    close(fd_);
    if (name_[0] == '/') unlink(name_.c_str());
  }
  std::string next() {
    char text[1000];
    const auto n = recv(fd_, text, sizeof text, 0);
    return n < 0 ? "" : std::string(text, static_cast<std::size_t>(n));
  }

 private:
  std::string name_;
  int fd_;
};

std::string unique(const std::string& before) { return before + "mk-notify-" + std::to_string(getpid()); }

TEST(ServiceManager, IsToldByPathAndByAbstractName) {
  for (const std::string& name : {unique("/tmp/"), unique("@")}) {
    Manager manager(name);
    const ServiceManager service(name);
    ASSERT_TRUE(service.ready()) << name;
    EXPECT_EQ(manager.next(), "READY=1");
    ASSERT_TRUE(service.status("2 runs\nREADY=0"));
    EXPECT_EQ(manager.next(), "STATUS=2 runs\xEF\xBF\xBDREADY=0");
    ASSERT_TRUE(service.alive());
    ASSERT_TRUE(service.stopping());
    EXPECT_EQ(manager.next(), "WATCHDOG=1");
    EXPECT_EQ(manager.next(), "STOPPING=1");
    EXPECT_EQ(manager.next(), "");
  }
}

TEST(ServiceManager, MayBeAbsentOrGone) {
  EXPECT_TRUE(ServiceManager("").ready());
  EXPECT_FALSE(ServiceManager("").present());
  for (const std::string& name :
       {unique("/tmp/gone"), unique("@gone"), std::string("relative"), std::string(500, '/')})
    EXPECT_EQ(ServiceManager(name).ready().error().code, Code::kUnavailable) << name;
}

TEST(ServiceManager, IsFoundInTheEnvironment) {
  const auto found = [](const char* socket, const char* watchdog, const std::string& pid) {
    const auto set = [](const char* name, const char* value) {
      value == nullptr ? unsetenv(name) : setenv(name, value, 1);
    };
    set("NOTIFY_SOCKET", socket), set("WATCHDOG_USEC", watchdog);
    set("WATCHDOG_PID", pid.empty() ? nullptr : pid.c_str());
    const auto service = ServiceManager::from_environment();
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
    return service;
  };
  using std::chrono::microseconds;
  EXPECT_FALSE(found(nullptr, nullptr, "").present());
  EXPECT_TRUE(found("@x", nullptr, "").present());
  EXPECT_EQ(found("@x", nullptr, "").alive_interval(), std::nullopt);
  EXPECT_EQ(found("@x", "30000000", "").alive_interval(), microseconds(15'000'000));
  EXPECT_EQ(found("@x", "30000000", std::to_string(getpid())).alive_interval(), microseconds(15'000'000));
  EXPECT_EQ(found("@x", "30000000", "1").alive_interval(), std::nullopt) << "another process is watched";
  EXPECT_EQ(found("@x", "much", "").alive_interval(), std::nullopt);
  EXPECT_EQ(found(nullptr, "30000000", "").alive_interval(), std::nullopt);
}

}  // namespace
}  // namespace mk::agent
