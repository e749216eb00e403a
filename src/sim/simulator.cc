#include "sim/simulator.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "sim/load.h"
#include "sim/persist.h"
#include "sim/service.h"
#include "sim/synthetic.h"

namespace mk::sim {

struct Simulator::State {
  SimulatorOptions options;
  World world;
  std::unique_ptr<net::HttpServer> server;  // last: stops before the world goes
};

namespace {

FileTime real_now() { return to_file_time(system_clock().now()); }

Status set_versions(World& world, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    const auto* known = version_named(name);
    if (known == nullptr)
      return Error{Code::kInvalid,
                   fmt::format("version {}: not known; Exchange2010_SP1, Exchange2013_SP1 ...", name)};
    world.versions.push_back(known->version);
  }
  if (names.empty())
    for (const auto& v : known_versions()) world.versions.push_back(v.version);
  std::sort(world.versions.begin(), world.versions.end());
  return ok;
}

Result<LoadReport> fill(Mailbox& mailbox, std::string_view from) {
  if (from == "empty") return LoadReport{};
  if (from.starts_with("fts:")) return load_streams(mailbox, from.substr(4));
  if (!from.starts_with("synthetic:")) return load_pst(mailbox, from);
  TRY_ASSIGN(const SyntheticSpec spec, parse_synthetic(from.substr(10)));
  return load_synthetic(mailbox, spec);
}

Status add_mailbox(World& world, const SimulatorOptions& options, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return Error{
        Code::kInvalid,
        fmt::format("mailbox {}: it is ADDRESS=FILE.pst, fts:DIR, synthetic:N:MEANBYTES:SEED or empty",
                    text)};
  const std::string address = lower_case(text.substr(0, equals));
  if (world.mailboxes.contains(address))
    return Error{Code::kConflict, fmt::format("mailbox {} is given twice", address)};
  const auto directory =
      options.spool_directory.empty() ? std::filesystem::temp_directory_path() : options.spool_directory;
  TRY_ASSIGN(auto spool, Spool::open(directory));
  auto mailbox = std::make_unique<Mailbox>(address, spool);
  if (!options.persist.empty() && is_saved(address, options.persist)) {
    TRY(load_mailbox(*mailbox, options.persist));
    log_info(fmt::format("mailbox {}: as it was saved, {} items", address, mailbox->items().size()));
    world.mailboxes.emplace(address, std::move(mailbox));
    return ok;
  }
  auto report = fill(*mailbox, std::string_view(text).substr(equals + 1));
  if (!report) return std::move(report).error().in(fmt::format("mailbox {}", address));
  log_info(fmt::format("mailbox {}: {} items in {} new folders, {} skipped", address, report->items,
                       report->folders, report->skipped));
  world.mailboxes.emplace(address, std::move(mailbox));
  return ok;
}

Status prepare(World& world, const SimulatorOptions& options) {
  world.now = real_now;
  world.secret =
      fmt::format("mailkeep-sim {}", options.persist.string());  // states outlive a restart with --persist
  TRY(set_versions(world, options.versions));
  for (const auto& text : options.users) {
    TRY_ASSIGN(User user, parse_user(text));
    world.users.push_back(std::move(user));
  }
  if (!options.fault_script.empty()) {
    TRY_ASSIGN(world.faults, Faults::parse(options.fault_script));
  }
  for (const auto& text : options.mailboxes) TRY(add_mailbox(world, options, text));
  return ok;
}

net::HttpServerOptions server_options(const SimulatorOptions& o, Version version) {
  net::HttpServerOptions out;
  out.address = o.address;
  out.port = o.port;
  out.threads = o.threads;
  out.certificate_pem = o.certificate_pem;
  out.key_pem = o.key_pem;
  out.max_body_bytes = request_limit(version);
  out.too_large_status = too_large_status(version);
  out.too_large_page = too_large_page(version);
  out.name = "Microsoft-IIS/10.0";
  return out;
}

}  // namespace

Result<std::unique_ptr<Simulator>> Simulator::start(const SimulatorOptions& options) {
  auto state = std::make_unique<State>();
  state->options = options;
  TRY(prepare(state->world, options));
  World& world = state->world;
  TRY_ASSIGN(state->server, net::HttpServer::start(server_options(options, world.server_version().version),
                                                   [&world](net::HttpRequest r) {
                                                     return answer_request(world, std::move(r));
                                                   }));
  return std::unique_ptr<Simulator>(new Simulator(std::move(state)));
}

Simulator::Simulator(std::unique_ptr<State> state) : state_(std::move(state)) {}
Simulator::~Simulator() = default;

std::uint16_t Simulator::port() const { return state_->server->port(); }

std::string Simulator::url() const {
  const bool tls = !state_->options.certificate_pem.empty();
  return fmt::format("{}://{}:{}/EWS/Exchange.asmx", tls ? "https" : "http", state_->options.address, port());
}

Status Simulator::set_faults(const std::string& script) {
  TRY_ASSIGN(Faults faults, Faults::parse(script));
  const std::lock_guard lock(state_->world.mutex);
  state_->world.faults = std::move(faults);
  return ok;
}

Status Simulator::save() {
  if (state_->options.persist.empty()) return ok;
  const std::lock_guard lock(state_->world.mutex);
  for (const auto& [address, mailbox] : state_->world.mailboxes)
    TRY(save_mailbox(*mailbox, state_->options.persist));
  return ok;
}

std::string Simulator::counters() const { return counters_json(state_->world); }

}  // namespace mk::sim
