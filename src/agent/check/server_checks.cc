#include "agent/check/server_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "ews/get_folder.h"
#include "net/probe.h"
#include "source/ews_connection.h"

namespace mk::agent {
namespace {

using State = Check::State;
using source::EwsConnection;

std::string day(std::chrono::system_clock::time_point t) { return format_utc(to_file_time(t)).substr(0, 10); }

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

bool says(const Error& error, std::string_view words) { return error.what.find(words) != std::string::npos; }

/// The steps in order, with what one finds for the next.
class ServerChecks {
 public:
  explicit ServerChecks(const ServerToCheck& what) : what_(what), options_(what.ews) {
    options_.max_retries = std::min(options_.max_retries, 1);
    options_.timeout = std::min(options_.timeout, what.timeout);
  }

  std::vector<Check> run() {
    step("name_resolution", [&](auto n) { return resolve(n); });
    step("tcp", [&](auto n) { return connect(n); });
    step("tls", [&](auto n) { return tls(n); });
    const bool reachable = failed_.empty();
    step("authentication", [&](auto n) { return log_in(n); });
    // what time it is a server tells to everybody
    add(reachable ? clock("clock") : make_skipped("clock", failed_ + " failed"));
    step("ews_version", [&](auto n) { return version(n); });
    step("mailbox_access", [&](auto n) { return open_mailbox(n); });
    step("archive_access", [&](auto n) { return open_archive(n); });
    return std::move(checks_);
  }

 private:
  template <class F>
  void step(const std::string& name, F f) {
    if (!failed_.empty()) return add(make_skipped(name, failed_ + " failed"));
    add(f(name));
    if (checks_.back().state == State::kFailed) failed_ = name;
  }
  void add(Check check) { checks_.push_back(std::move(check)); }

  Check resolve(const std::string& name) {
    auto endpoint = net::parse_endpoint(source::ews_url(options_.url));
    if (!endpoint) return make_failed(name, endpoint.error(), Context::kServer);
    endpoint_ = *std::move(endpoint);
    auto addresses = net::resolve_host(endpoint_);
    if (!addresses) return make_failed(name, addresses.error(), Context::kServer);
    addresses_ = *std::move(addresses);
    return make_ok(name, fmt::format("{} is {}", endpoint_.host, fmt::join(addresses_, ", ")));
  }

  Check connect(const std::string& name) {
    const auto address = net::try_connect(addresses_, endpoint_.port, what_.timeout);
    if (!address) return make_failed(name, address.error(), Context::kServer);
    address_ = *address;
    return make_ok(name, fmt::format("{} port {} takes connections", address_, endpoint_.port));
  }

  Check tls(const std::string& name) {
    if (!endpoint_.tls && is_loopback(address_)) return make_skipped(name, "http to this machine itself");
    if (!endpoint_.tls)
      return make_finding(name, State::kWarning, message::kNotEncrypted, "the URL is http, not https");
    const auto found = net::try_tls(address_, endpoint_, options_.ca_file, what_.timeout);
    if (!found) return make_failed(name, found.error(), Context::kServer);
    return judge(name, *found);
  }

  Check judge(const std::string& name, const net::ServerCertificate& c) const {
    const auto now = options_.clock->now();
    const std::string of = fmt::format("certificate of {}, valid until {}", c.subject, day(c.not_after));
    const State bad = options_.insecure ? State::kWarning : State::kFailed;
    if (now >= c.not_after) return make_finding(name, bad, message::kCertificateExpired, of);
    if (!c.distrust.empty() && !options_.insecure)
      return make_finding(name, bad, message::kCertificate, fmt::format("{}: {}", of, c.distrust));
    if (options_.insecure) return make_finding(name, bad, message::kNotVerified, of);
    if (c.not_after - now < what_.certificate_warning)
      return make_finding(name, State::kWarning, message::kCertificateExpires, of);
    return make_ok(name, fmt::format("{}, {}", c.protocol, of));
  }

  /// Any answer of EWS shows that the login is right, also one that there is no such folder: an account that
  /// makes backups may have no mailbox of its own.
  Check log_in(const std::string& name) {
    auto connection = EwsConnection::create(options_, "", ews::ServerVersion::kExchange2010Sp1);
    if (!connection) return make_failed(name, connection.error(), Context::kServer);
    own_ = *std::move(connection);
    const auto asked = own_->retry.run(own_->session, [&] { return ask(*own_, "msgfolderroot"); });
    if (!own_->session.answered) return make_failed(name, asked.error(), Context::kServer);
    return make_ok(name, options_.user.empty() ? "the token is taken" : options_.user + " may log in");
  }

  static Status ask(EwsConnection& c, const std::string& folder) {
    TRY_ASSIGN(auto folders, ews::get_folder(c.session, {c.distinguished(folder)}, {}));
    if (!folders[0]) return std::move(folders[0]).error();
    return ok;
  }

  Check clock(const std::string& name) const {
    const auto theirs = own_ ? own_->http->server_time() : std::nullopt;
    if (!theirs) return make_skipped(name, "the server does not tell its time");
    const auto apart = std::chrono::round<std::chrono::seconds>(options_.clock->now() - *theirs);
    const std::string text = fmt::format("this machine is {} s {} the server", std::abs(apart.count()),
                                         apart.count() < 0 ? "behind" : "ahead of");
    if (std::chrono::abs(apart) > what_.clock_warning)
      return make_finding(name, State::kWarning, message::kClockSkew, text);
    return make_ok(name, text);
  }

  Check version(const std::string& name) const {
    const auto& server = own_->session.server;
    const auto known = ews::version_of(server);
    const bool refused = own_->session.fault_code == "ErrorInvalidServerVersion";
    const std::string text = server.known()
                                 ? fmt::format("Exchange {}.{}.{}", server.major, server.minor, server.build)
                                 : "the server does not tell its version";
    if (refused || (known && *known < ews::ServerVersion::kExchange2010Sp1))
      return make_finding(name, State::kFailed, message::kTooOld, text);
    return make_ok(name, known ? fmt::format("{} ({})", text, ews::version_name(*known)) : text);
  }

  Check open_mailbox(const std::string& name) {
    auto opened = EwsConnection::open(options_);
    if (!opened) return make_failed(name, opened.error(), Context::kServer);
    mailbox_ = *std::move(opened);
    return make_ok(name,
                   fmt::format("{} may read {}{}", options_.user.empty() ? "the token's user" : options_.user,
                               options_.mailbox.empty() ? "the own mailbox" : options_.mailbox,
                               options_.impersonate ? " by impersonation" : ""));
  }

  Check open_archive(const std::string& name) const {
    EwsConnection& c = *mailbox_;
    const auto found = c.retry.run(c.session, [&] { return ask(c, "archivemsgfolderroot"); });
    if (found) return make_ok(name, "the archive can be read; archives are not backed up yet");
    const bool none = found.error().code == Code::kNotFound || found.error().code == Code::kUnsupported ||
                      says(found.error(), "ErrorArchiveMailboxNotEnabled");
    if (none) return make_skipped(name, "the mailbox has no archive");
    return make_finding(name, State::kWarning, message::kArchive, found.error().what);
  }

  const ServerToCheck& what_;
  source::EwsOptions options_;
  std::vector<Check> checks_;
  std::string failed_;  // the step that failed
  net::Endpoint endpoint_;
  std::vector<std::string> addresses_;
  std::string address_;
  std::unique_ptr<EwsConnection> own_, mailbox_;
};

}  // namespace

std::vector<Check> check_server(const ServerToCheck& what) { return ServerChecks(what).run(); }

}  // namespace mk::agent
