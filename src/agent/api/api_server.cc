#include "agent/api/api_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/api/api.h"
#include "base/file.h"
#include "base/log.h"

namespace mk::agent {
namespace {

constexpr char kTokenName[] = "local admin";
constexpr char kTokenFile[] = "admin.token";
constexpr std::uint64_t kMaxPemBytes = 1 << 20;
constexpr std::uint64_t kMaxBodyBytes = 4 << 20;
constexpr std::size_t kMaxConnections = 1000;

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

Status check_address(const ApiOptions& o) {
  if (o.certificate_file.empty() != o.key_file.empty())
    return Error{Code::kInvalid, "a certificate and its key belong together: give both files, or none"};
  if (is_loopback(o.address)) return ok;
  if (!o.allow_beyond_loopback)
    return Error{Code::kInvalid,
                 fmt::format("address {}: other machines could reach it; allow that, and give a "
                             "certificate and its key, or use 127.0.0.1",
                             o.address)};
  if (o.certificate_file.empty())
    return Error{Code::kInvalid,
                 fmt::format("address {}: beyond this machine only HTTPS is spoken; give a certificate "
                             "and its key",
                             o.address)};
  return ok;
}

Result<std::string> read_pem(const std::filesystem::path& file) {
  if (file.empty()) return std::string();
  TRY_ASSIGN(const auto bytes, read_file(file, kMaxPemBytes));
  return std::string(bytes);
}

Result<net::HttpServerOptions> server_options(const ApiOptions& o) {
  TRY(check_address(o));
  net::HttpServerOptions out;
  out.address = o.address;
  out.port = o.port;
  out.threads = o.threads;
  out.max_body_bytes = kMaxBodyBytes;
  out.max_connections = kMaxConnections;
  out.idle_timeout = std::chrono::seconds(60);
  TRY_ASSIGN(out.certificate_pem, read_pem(o.certificate_file));
  TRY_ASSIGN(out.key_pem, read_pem(o.key_file));
  return out;
}

Result<bool> has_admin(AgentState& state, FileTime now) {
  TRY_ASSIGN(const auto users, state.users().list());
  TRY_ASSIGN(const auto tokens, state.tokens().list());
  return std::any_of(users.begin(), users.end(), [](const User& u) { return u.role == Role::kAdmin; }) ||
         std::any_of(tokens.begin(), tokens.end(), [&](const Token& t) {
           return t.role == Role::kAdmin && (!t.expires || now < *t.expires);
         });
}

/// Somebody must be able to begin. The file is there before the token counts.
Status make_first_token(Agent& agent) {
  TRY_ASSIGN(const bool has, has_admin(agent.state(), agent.now()));
  if (has) return ok;
  const auto file = agent.workshop().directory / kTokenFile;
  const auto make = [&]() -> Status {
    TRY_ASSIGN(const auto made, agent.state().tokens().add(kTokenName, Role::kAdmin, {}, agent.now()));
    const std::string line = made.text.reveal() + "\n";
    return write_file_atomically(file, as_bytes(line));
  };
  TRY(agent.state().together(make));
  log_info(fmt::format("the first administrator's API token is in {}", file.string()));
  return ok;
}

}  // namespace

struct ApiServer::State {
  State(Agent& agent, bool https) : api(agent, https) {}
  Api api;
  std::unique_ptr<net::HttpServer> server;  // goes first
};

Result<std::unique_ptr<ApiServer>> ApiServer::start(Agent& agent, const ApiOptions& options) {
  TRY_ASSIGN(auto server, server_options(options));
  TRY(make_first_token(agent));
  auto state = std::make_unique<State>(agent, !server.certificate_pem.empty());
  Api& api = state->api;
  TRY_ASSIGN(state->server,
             net::HttpServer::start(std::move(server),
                                    [&api](const net::HttpRequest& request) { return api.answer(request); }));
  return std::unique_ptr<ApiServer>(new ApiServer(std::move(state)));
}

ApiServer::ApiServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
ApiServer::~ApiServer() = default;
std::uint16_t ApiServer::port() const { return state_->server->port(); }

}  // namespace mk::agent
