#include "serve_command.h"

#include <fmt/format.h>

#include <csignal>
#include <ctime>
#include <memory>

#include "agent/api/api_server.h"
#include "agent/notify/service.h"
#include "base/log.h"
#include "clock_file.h"
#include "state_options.h"

namespace mk::app {
namespace {

struct Options {
  StateOptions state;
  std::string listen = "127.0.0.1:8470", certificate, key, clock_file;
  bool beyond_loopback = false, log_json = false;
  unsigned workers = 4;
};

Result<agent::ApiOptions> api_options(const Options& o) {
  agent::ApiOptions api;
  const auto colon = o.listen.rfind(':');
  const auto port = colon == std::string::npos ? "" : o.listen.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoul(port) > 65535)
    return Error{Code::kInvalid, "--listen " + o.listen + ": give ADDRESS:PORT, such as 127.0.0.1:8470"};
  api.address = o.listen.substr(0, colon);
  if (api.address.starts_with('[') && api.address.ends_with(']'))
    api.address = api.address.substr(1, api.address.size() - 2);
  api.port = static_cast<std::uint16_t>(std::stoul(port));
  api.certificate_file = o.certificate;
  api.key_file = o.key;
  api.allow_beyond_loopback = o.beyond_loopback;
  return api;
}

/// The signals that end the service; blocked in all threads, and taken by the one that waits.
sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

void tell(const Status& told) {
  if (!told) log_warning(told.error().what);
}

/// Until one of the signals comes. A service whose clockwork has stopped is not told to be alive.
void wait_for_end(const sigset_t& signals, const agent::ServiceManager& manager, const agent::Agent& agent) {
  const auto interval = manager.alive_interval().value_or(std::chrono::hours(1));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval);
  const timespec time{static_cast<std::time_t>(seconds.count()),
                      static_cast<long>(std::chrono::nanoseconds(interval - seconds).count())};
  while (sigtimedwait(&signals, nullptr, &time) < 0)
    if (agent.is_alive()) tell(manager.alive());
}

Status serve(const Options& o) {
  if (o.log_json) set_log_json();
  TRY_ASSIGN(const auto api, api_options(o));
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<ClockFile> clock;
  agent::AgentOptions options;
  options.directory = o.state.directory;
  options.key = key_place(o.state);
  options.workers = o.workers;
  if (!o.clock_file.empty()) {
    TRY_ASSIGN(clock, ClockFile::open(o.clock_file));
    options.clock = clock.get();
    options.look_every = std::chrono::milliseconds(50);
  }
  TRY_ASSIGN(const auto agent, agent::Agent::start(options));
  TRY_ASSIGN(const auto server, agent::ApiServer::start(*agent, api));
  fmt::print("listening on {}://{}:{}\n", o.certificate.empty() ? "http" : "https",
             o.listen.substr(0, o.listen.rfind(':')), server->port());
  std::fflush(stdout);
  const auto manager = agent::ServiceManager::from_environment();
  tell(manager.ready());
  wait_for_end(signals, manager, *agent);
  tell(manager.stopping());
  return ok;
}

}  // namespace

void add_serve_command(CLI::App& app, Action& action) {
  const auto o = std::make_shared<Options>();
  auto* c = app.add_subcommand("serve", "Run the agent until it is told to end (SIGTERM, SIGINT)");
  add_state_options(*c, o->state);
  c->add_option("--listen", o->listen, "ADDRESS:PORT of the API; port 0: any free one, which is printed")
      ->capture_default_str();
  auto* certificate = c->add_option("--certificate", o->certificate, "PEM file: HTTPS with this certificate");
  auto* key = c->add_option("--key", o->key, "PEM file with its key");
  certificate->needs(key);
  key->needs(certificate);
  c->add_flag("--beyond-loopback", o->beyond_loopback, "Let other machines in; only with --certificate")
      ->needs(certificate);
  c->add_option("--workers", o->workers, "Mailboxes that are backed up at the same time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  c->add_flag("--log-json", o->log_json,
              "Log JSON, an object a line with time, level and message, instead of text");
  c->add_option("--clock-file", o->clock_file, "For tests: a file that says what time it is")
      ->type_name("FILE");
  c->callback([o, &action] {
    action = [o] {
      const Status done = serve(*o);
      return done ? ExitCode::kOk : report(done.error());
    };
  });
}

}  // namespace mk::app
