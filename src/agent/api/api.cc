#include "agent/api/api.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "agent/api/routes.h"
#include "base/log.h"

namespace mk::agent {
namespace {

net::HttpReply refusal_reply(const Gate::Refusal& refusal) {
  net::HttpReply reply = error_reply({Code::kDenied, refusal.why});
  reply.status = refusal.status;
  if (refusal.status == 401) reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (refusal.wait.count() > 0)
    reply.headers.emplace_back("Retry-After", std::to_string(refusal.wait.count()));
  return reply;
}

void add_header(net::HttpReply& reply, const char* name, const char* value) {
  const auto there = [&](const auto& header) { return header.first == name; };
  if (std::none_of(reply.headers.begin(), reply.headers.end(), there))
    reply.headers.emplace_back(name, value);
}

/// What a route was called with.
std::string object_of(const Call& call) {
  if (!call.object.empty()) return call.object;
  std::string out;
  for (const auto& [name, value] : call.path) out += (out.empty() ? "" : "/") + value;
  return out;
}

}  // namespace

Api::Api(Agent& agent, bool https) : agent_(agent), https_(https), gate_(agent) {
  add_session_routes(router_, agent, gate_, https);
  add_connection_routes(router_, agent);
  add_schedule_routes(router_, agent);
  add_run_routes(router_, agent);
  add_point_routes(router_, agent);
  add_search_routes(router_, agent);
  add_restore_routes(router_, agent);
  add_proof_routes(router_, agent);
  add_secret_routes(router_, agent);
  add_user_routes(router_, agent);
  add_token_routes(router_, agent);
  add_audit_routes(router_, agent);
  add_message_routes(router_);
  add_key_routes(router_, agent);
  add_setting_routes(router_, agent);
  add_retention_routes(router_, agent);
  add_event_routes(router_, agent, gate_);
  add_service_routes(router_, agent);
}

net::HttpReply Api::answer(const net::HttpRequest& request) {
  net::HttpReply reply = serve(request);
  add_header(reply, "Cache-Control", "no-store");
  add_header(reply, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  add_header(reply, "X-Content-Type-Options", "nosniff");
  add_header(reply, "Referrer-Policy", "no-referrer");
  if (https_) add_header(reply, "Strict-Transport-Security", "max-age=31536000");
  return reply;
}

net::HttpReply Api::serve(const net::HttpRequest& request) {
  auto found = router_.find(request.method, request.path);
  if (!found) {
    const auto methods = router_.methods(request.path);
    net::HttpReply reply = error_reply(found.error());
    if (found.error().code != Code::kUnsupported) return reply;
    reply.status = 405;
    reply.headers.emplace_back("Allow", fmt::format("{}", fmt::join(methods, ", ")));
    return reply;
  }
  auto query = parse_query(request.query);
  if (!query) return error_reply(query.error());
  Call call{request, {}, std::move(found->path), *std::move(query), {}, {}};
  return serve(call, *found->route);
}

net::HttpReply Api::serve(Call& call, const Route& route) {
  auto admission = gate_.admit(call.request, route);
  if (!admission) return error_reply(admission.error());
  call.caller = std::move(admission->caller);
  if (admission->refusal) {
    call.detail = admission->refusal->why;
    // who has to wait says nothing new, and must not be able to fill the log
    if (admission->refusal->status != 429)
      if (const auto noted = note(call, route, std::string(code_name(Code::kDenied))); !noted)
        return error_reply(noted.error());
    return refusal_reply(*admission->refusal);
  }
  auto answered = route.answer(call);
  if (call.request.method != "GET") agent_.workshop().vaults->forget();  // keys may have changed
  net::HttpReply reply = answered ? *std::move(answered) : error_reply(answered.error());
  if (!answered) call.detail = answered.error().what;
  if (reply.status == 429) return reply;
  const auto went = answered ? reply.status == 401 ? "denied" : "ok" : code_name(answered.error().code);
  const std::string outcome(went);
  if (call.caller.name.empty() && outcome != "ok" && outcome != "denied")
    return reply;  // nobody, and nothing
  if (const auto noted = note(call, route, outcome); !noted) return error_reply(noted.error());
  return reply;
}

Status Api::note(const Call& call, const Route& route, const std::string& outcome) {
  if (route.action.empty()) return ok;
  AuditEntry entry;
  entry.time = agent_.now();
  entry.who = call.caller.name;
  entry.from = call.request.from;
  entry.action = route.action;
  entry.object = object_of(call);
  entry.outcome = outcome;
  entry.detail = call.detail;
  auto noted = agent_.state().audit().append(entry);
  if (noted) return ok;
  log_error(fmt::format("audit log: {} by {}: {}", entry.action, entry.who, noted.error().what));
  return std::move(noted).error().in("the audit log cannot be written");
}

}  // namespace mk::agent
