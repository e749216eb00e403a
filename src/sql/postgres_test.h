#pragma once
// For tests only: a PostgreSQL server of our own, on a socket in a temporary directory and nowhere else.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

namespace mk::sql {

class PostgresServer {
 public:
  /// The one of this process, started when it is first asked for; it ends with the process.
  static PostgresServer& get() {
    static PostgresServer server;
    return server;
  }
  /// Not empty: why there is none.
  const std::string& why_not() const { return why_not_; }
  std::string url(const std::string& database, const std::string& user = "postgres") const {
    return "postgresql:///" + database + "?host=" + dir_.string() + "&user=" + user;
  }
  const std::filesystem::path& dir() const { return dir_; }
  /// Ends it and all connections at once.
  void stop() { stop(SIGQUIT); }
  bool start_again() {
    server_ = spawn({bin_ / "postgres", "-D", dir_ / "data", "-k", dir_, "-c", "listen_addresses=", "-c",
                     "fsync=off", "-c", "max_connections=20", "-c", "shared_buffers=32MB"});
    for (int i = 0; i < 600; ++i) {
      if (std::filesystem::exists(dir_ / ".s.PGSQL.5432.lock") &&
          run({bin_ / "pg_isready", "-q", "-h", dir_}) == 0)
        return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

 private:
  PostgresServer() {
    std::error_code none;
    for (const auto& e : std::filesystem::directory_iterator("/usr/lib/postgresql", none))
      if (std::filesystem::exists(e.path() / "bin/initdb")) bin_ = e.path() / "bin";
    if (bin_.empty()) {
      why_not_ = "PostgreSQL is not installed; ./run test installs it";
      return;
    }
    char name[] = "/tmp/mk-postgres-XXXXXX";
    dir_ = ::mkdtemp(name);
    const passwd* const user =
        ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr;  // it refuses to run as root
    if (user != nullptr) {
      uid_ = user->pw_uid, gid_ = user->pw_gid;
      if (::chown(dir_.c_str(), *uid_, *gid_) != 0)
        why_not_ = "the directory cannot be given to user postgres";
    }
    if (run({bin_ / "initdb", "-D", dir_ / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"}) != 0)
      why_not_ = "initdb failed in " + dir_.string();
    std::ofstream(dir_ / "data/pg_hba.conf") << "local all locked scram-sha-256\nlocal all all trust\n";
    if (why_not_.empty() && !start_again()) why_not_ = "PostgreSQL did not start in " + dir_.string();
  }
  ~PostgresServer() {
    stop(SIGQUIT);
    std::error_code none;
    if (!dir_.empty()) std::filesystem::remove_all(dir_, none);
  }
  void stop(int signal) {
    if (server_ <= 0) return;
    ::kill(server_, signal);
    ::waitpid(server_, nullptr, 0);
    server_ = 0;
  }
  pid_t spawn(const std::vector<std::filesystem::path>& words) const {
    std::vector<char*> argv;
    for (const auto& w : words) argv.push_back(const_cast<char*>(w.c_str()));
    argv.push_back(nullptr);
    const pid_t child = ::fork();
    if (child != 0) return child;
    if (uid_ && (::setgid(*gid_) != 0 || ::setuid(*uid_) != 0)) ::_exit(126);
    const int log = ::open((dir_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, STDOUT_FILENO), ::dup2(log, STDERR_FILENO);
    if (::chdir("/") == 0) ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int run(const std::vector<std::filesystem::path>& words) const {
    int status = -1;
    ::waitpid(spawn(words), &status, 0);
    return status;
  }

  std::filesystem::path bin_, dir_;
  std::optional<uid_t> uid_;
  std::optional<gid_t> gid_;
  pid_t server_ = 0;
  std::string why_not_;
};

}  // namespace mk::sql
