#include <fmt/format.h>

#include "agent/api/input.h"
#include "agent/api/routes.h"

namespace mk::agent {
namespace {

constexpr auto kSessionTime = std::chrono::hours(12);

std::string cookie_header(const std::string& value, std::chrono::seconds age, bool https) {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", kSessionCookie, value,
                     age.count(), https ? "; Secure" : "");
}

json::value json_of(const Caller& caller) {
  json::object out{
      {"name", caller.name}, {"role", name_of(caller.role)}, {"csrf", nullptr}, {"expires", nullptr}};
  if (!caller.login) return out;
  out["csrf"] = caller.login->csrf;
  out["expires"] = format_utc(caller.login->expires);
  return out;
}

Result<net::HttpReply> refuse_login(Call& call, const Error& why) {
  net::HttpReply reply = error_reply(why);
  call.detail = why.what;
  if (why.code == Code::kDenied) {
    reply.status = 401;
  } else if (why.retry_after.count() > 0) {
    reply.status = 429;
    const auto wait = std::chrono::ceil<std::chrono::seconds>(why.retry_after);
    reply.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  } else {
    return why;
  }
  return reply;
}

Result<net::HttpReply> log_in(Call& call, Agent& agent, Gate& gate, bool https) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(const auto name, input.text("name"));
  TRY_ASSIGN(auto password_text, input.text("password"));
  const SecretString password(password_text);
  wipe(password_text);
  TRY(input.finish());
  call.object = name.substr(0, 200);
  auto user = gate.check_password(call.request, call.object, password);
  if (!user) return refuse_login(call, user.error());
  auto& logins = agent.state().logins();
  const FileTime now = agent.now();
  TRY(logins.remove_expired(now));
  TRY_ASSIGN(auto made, logins.add(user->name, now, to_file_time(to_time_point(now) + kSessionTime)));
  call.caller = {user->name, user->role, made.login};
  net::HttpReply reply = reply_of(json_of(call.caller));
  reply.headers.emplace_back("Set-Cookie", cookie_header(made.cookie.reveal(), kSessionTime, https));
  return reply;
}

Result<net::HttpReply> log_out(Call& call, Agent& agent, bool https) {
  if (!call.caller.login)
    return Error{Code::kInvalid, "an API token has no session; DELETE /api/v1/tokens/ID takes it away"};
  TRY(agent.state().logins().remove(session_cookie(call.request)));
  net::HttpReply reply = no_content();
  reply.headers.emplace_back("Set-Cookie", cookie_header("", std::chrono::seconds(0), https));
  return reply;
}

/// Of one's own; the old one must be known, so that a browser that was left open is not enough.
Result<net::HttpReply> change_password(Call& call, Agent& agent, Gate& gate) {
  if (!call.caller.login) return Error{Code::kInvalid, "an API token has no password"};
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(const auto before, input.text("old_password"));
  TRY_ASSIGN(const auto after, input.text("new_password"));
  TRY(input.finish());
  TRY(gate.check_password(call.request, call.caller.name, SecretString(before)));
  TRY(agent.state().users().set_password(call.caller.name, SecretString(after), agent.now()));
  return no_content();
}

}  // namespace

void add_session_routes(Router& router, Agent& agent, Gate& gate, bool https) {
  router.add({"POST", "/api/v1/login", kEverybody, "session.login",
              [&, https](Call& call) { return log_in(call, agent, gate, https); }});
  router.add({"POST", "/api/v1/logout", kAllRoles, "session.logout",
              [&, https](Call& call) { return log_out(call, agent, https); }});
  router.add({"GET", "/api/v1/session", kAllRoles, "",
              [](Call& call) -> Result<net::HttpReply> { return reply_of(json_of(call.caller)); }});
  router.add({"PUT", "/api/v1/session/password", kAllRoles, "session.password",
              [&](Call& call) { return change_password(call, agent, gate); }});
}

}  // namespace mk::agent
