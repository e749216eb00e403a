#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <exception>

#include "base/file.h"
#include "base/log.h"
#include "net/certificate.h"
#include "sim/simulator.h"

namespace {

using namespace mk;

struct Arguments {
  sim::SimulatorOptions options;
  std::string listen = "127.0.0.1:0", tls_cert, tls_key, tls_generate, faults, port_file;
  int tls_days = 30;
  bool quiet = false;
};

void declare(CLI::App& app, Arguments& a) {
  app.add_option("--listen", a.listen, "ADDRESS:PORT; port 0 takes a free one")->capture_default_str();
  app.add_option("--user", a.options.users,
                 "NAME:PASSWORD[:own=ADDRESS,full=ADDRESS|*,impersonate]; may be repeated")
      ->required();
  app.add_option("--mailbox", a.options.mailboxes,
                 "ADDRESS=FILE.pst | fts:DIR | synthetic:N:MEANBYTES:SEED[:FOLDERS[:SHARED]] | empty; may be "
                 "repeated")
      ->required();
  app.add_option(
      "--version", a.options.versions,
      "EWS schema versions that are spoken (Exchange2010_SP1, Exchange2013_SP1 ...); all if none is given");
  app.add_option("--faults", a.faults, "file with a fault script (JSON)");
  app.add_option("--persist", a.options.persist, "directory that keeps the mailboxes between runs");
  app.add_option("--spool", a.options.spool_directory,
                 "directory for the bytes of items; default: the temporary one");
  app.add_option("--tls-cert", a.tls_cert, "certificate chain (PEM): HTTPS");
  app.add_option("--tls-key", a.tls_key, "its key (PEM)");
  app.add_option("--tls-generate", a.tls_generate,
                 "HTTPS with a fresh self-signed certificate, written to this file");
  app.add_option("--tls-days", a.tls_days, "days that it is valid; negative: it has expired")
      ->capture_default_str();
  app.add_option("--port-file", a.port_file, "file that gets the port as soon as the server listens");
  app.add_option("--threads", a.options.threads, "threads that answer requests")->capture_default_str();
  app.add_flag("--quiet", a.quiet, "log warnings only");
}

Status set_listen(Arguments& a) {
  const auto colon = a.listen.rfind(':');
  if (colon == std::string::npos)
    return Error{Code::kInvalid, fmt::format("--listen {}: it is ADDRESS:PORT", a.listen)};
  a.options.address = a.listen.substr(0, colon);
  const char* end = a.listen.data() + a.listen.size();
  const auto parsed = std::from_chars(a.listen.data() + colon + 1, end, a.options.port);
  if (parsed.ec != std::errc{} || parsed.ptr != end)
    return Error{Code::kInvalid, fmt::format("--listen {}: no port", a.listen)};
  return ok;
}

Status set_tls(Arguments& a) {
  if (!a.tls_generate.empty()) {
    TRY_ASSIGN(const auto made, net::make_self_signed({"localhost", "127.0.0.1"}, a.tls_days));
    a.options.certificate_pem = made.certificate_pem;
    a.options.key_pem = made.key_pem;
    return write_file_atomically(a.tls_generate, as_bytes(made.certificate_pem));
  }
  if (a.tls_cert.empty() != a.tls_key.empty())
    return Error{Code::kInvalid, "--tls-cert and --tls-key go together"};
  if (a.tls_cert.empty()) return ok;
  TRY_ASSIGN(a.options.certificate_pem, read_file(a.tls_cert));
  TRY_ASSIGN(a.options.key_pem, read_file(a.tls_key));
  return ok;
}

Status serve(Arguments& a, const sigset_t& signals) {
  TRY(set_listen(a));
  TRY(set_tls(a));
  if (!a.faults.empty()) {
    TRY_ASSIGN(a.options.fault_script, read_file(a.faults));
  }
  TRY_ASSIGN(auto simulator, sim::Simulator::start(a.options));
  if (!a.port_file.empty())
    TRY(write_file_atomically(a.port_file, as_bytes(std::to_string(simulator->port()) + "\n")));
  fmt::print("listening on {}\n", simulator->url());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  return simulator->save();
}

int run(int argc, char** argv) {
  CLI::App app("mailkeep-sim plays an Exchange server (EWS) for tests, demonstrations and benchmarks.",
               "mailkeep-sim");
  Arguments arguments;
  declare(app, arguments);
  CLI11_PARSE(app, argc, argv);
  if (arguments.quiet) set_log_level(LogLevel::kWarning);
  // blocked before any thread starts, so that only sigwait() sees them
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  if (const auto served = serve(arguments, signals); !served) {
    fmt::print(stderr, "mailkeep-sim: {}\n", served.error().what);
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "mailkeep-sim: {}\n", e.what());
    return 1;
  }
}
