#include "agent/api/gate.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

namespace mk::agent {
namespace {

constexpr std::string_view kBearer = "Bearer ";

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// What another page must not be able to send on behalf of somebody who is logged in.
std::optional<Gate::Refusal> refuse_forgery(const net::HttpRequest& request, const Caller& caller) {
  if (request.method == "GET") return {};
  if (is_foreign(request)) return Gate::Refusal{403, "the request comes from a page of another site"};
  if (!caller.login || equal(request.header("X-CSRF-Token"), caller.login->csrf)) return {};
  return Gate::Refusal{
      403, "the header X-CSRF-Token does not have the session's token; GET /api/v1/session says it"};
}

std::optional<Gate::Refusal> refuse_role(const Route& route, const Caller& caller) {
  if (std::find(route.roles.begin(), route.roles.end(), caller.role) != route.roles.end()) return {};
  std::string roles;
  for (const Role role : route.roles) roles += fmt::format("{}{}", roles.empty() ? "" : ", ", name_of(role));
  return Gate::Refusal{
      403, fmt::format("the role {} may not do that; those that may: {}", name_of(caller.role), roles)};
}

}  // namespace

SecretString session_cookie(const net::HttpRequest& request) {
  std::string_view rest = request.header("Cookie");
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == kSessionCookie)
      return SecretString(std::string(pair.substr(equals + 1)));
  }
  return {};
}

bool is_foreign(const net::HttpRequest& request) {
  const std::string_view origin = request.header("Origin");
  if (origin.empty()) return request.header("Sec-Fetch-Site") == "cross-site";
  const auto host = origin.find("://");
  return host == std::string_view::npos || origin.substr(host + 3) != request.header("Host");
}

bool is_local(const net::HttpRequest& request) {
  std::string_view host = request.header("Host");
  if (const auto port = host.rfind(':'); port != std::string_view::npos && !host.ends_with(']'))
    host = host.substr(0, port);
  return request.from_loopback && (host == "localhost" || host == "[::1]" || host.starts_with("127.")) &&
         request.header("X-Forwarded-For").empty() && request.header("Forwarded").empty();
}

Result<std::optional<Caller>> Gate::identify(const net::HttpRequest& request) const {
  const std::string_view given = request.header("Authorization");
  if (given.starts_with(kBearer)) {
    const SecretString text(std::string(given.substr(kBearer.size())));
    TRY_ASSIGN(const auto token, agent_.state().tokens().check(text, agent_.now()));
    return std::optional(Caller{"token " + token.name, token.role, {}});
  }
  if (!given.empty()) return Error{Code::kDenied, "the header Authorization is not `Bearer TOKEN`"};
  const SecretString cookie = session_cookie(request);
  if (cookie.empty()) return std::optional<Caller>();
  TRY_ASSIGN(auto login, agent_.state().logins().check(cookie, agent_.now()));
  Caller caller{login.user.name, login.user.role, {}};
  caller.login = std::move(login);
  return std::optional(std::move(caller));
}

/// Somebody who is not known tried. What counts is what is in the audit log, and a token; an old cookie is a
/// browser's that was left open.
Gate::Refusal Gate::refuse_stranger(const net::HttpRequest& request, const Route& route, Refusal why) {
  const std::string network = network_of(request.from);
  const auto wait = addresses_.wait(network, now());
  if (wait.count() > 0) return {429, "too many failures from this address", wait};
  if (!request.header("Authorization").empty() || !route.action.empty()) addresses_.failed(network, now());
  return why;
}

Result<Gate::Admission> Gate::admit(const net::HttpRequest& request, const Route& route) {
  Admission out;
  if (route.roles.empty()) {
    const auto forgery = refuse_forgery(request, {});
    if (forgery) out.refusal = refuse_stranger(request, route, *forgery);
    return out;
  }
  if (route.open_on_loopback && is_local(request)) return out;
  auto caller = identify(request);
  if (!caller && caller.error().code != Code::kDenied) return std::move(caller).error();
  if (!caller || !*caller) {
    const std::string why =
        caller ? "log in, or give an API token: Authorization: Bearer mkt_..." : caller.error().what;
    out.refusal = refuse_stranger(request, route, {401, why});
    return out;
  }
  out.caller = **std::move(caller);
  // a token comes from a program, which sends what it was told to send
  if (out.caller.login) out.refusal = refuse_forgery(request, out.caller);
  if (!out.refusal) out.refusal = refuse_role(route, out.caller);
  return out;
}

Result<User> Gate::check_password(const net::HttpRequest& request, const std::string& user,
                                  const SecretString& password) {
  const std::string network = network_of(request.from);
  const auto wait = std::max(addresses_.wait(network, now()), users_.wait(user, now()));
  if (wait.count() > 0) return Error{Code::kUnavailable, "too many failures; try again later", wait};
  std::unique_lock turn(password_, std::try_to_lock);
  if (!turn) return Error{Code::kUnavailable, "others are logging in; try again", std::chrono::seconds(1)};
  auto known = agent_.state().users().check(user, password);
  if (known) {
    users_.succeeded(user);
  } else if (known.error().code == Code::kDenied) {
    addresses_.failed(network, now());
    users_.failed(user, now());
  }
  return known;
}

}  // namespace mk::agent
