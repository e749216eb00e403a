#include "agent/api/input.h"
#include "agent/api/routes.h"

namespace mk::agent {
namespace {

json::object json_of(const Token& t) {
  return {{"id", t.id.value},
          {"name", t.name},
          {"role", name_of(t.role)},
          {"created", format_utc(t.created)},
          {"expires", agent::json_of(t.expires)},
          {"last_used", agent::json_of(t.last_used)}};
}

Result<net::HttpReply> list(Agent& agent) {
  TRY_ASSIGN(const auto all, agent.state().tokens().list());
  json::array out;
  for (const auto& t : all) out.push_back(json_of(t));
  return reply_of(json::object{{"tokens", std::move(out)}});
}

/// The only answer that ever has the token's text.
Result<net::HttpReply> add(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(const auto name, input.text("name"));
  TRY_ASSIGN(const auto role_name, input.text("role"));
  TRY_ASSIGN(const auto expires, input.optional_time("expires"));
  TRY(input.finish());
  call.object = name;
  call.detail = role_name + (expires ? " until " + format_utc(*expires) : "");
  TRY_ASSIGN(const auto role, parse_role(role_name));
  if (expires && *expires <= agent.now()) return Error{Code::kInvalid, "expires: has passed already"};
  TRY_ASSIGN(const auto made, agent.state().tokens().add(name, role, expires, agent.now()));
  json::object out = json_of(made.token);
  out["text"] = made.text.reveal();
  return reply_of(out, 201);
}

}  // namespace

void add_token_routes(Router& router, Agent& agent) {
  router.add({"GET", "/api/v1/tokens", kAuditors, "", [&](Call&) { return list(agent); }});
  router.add({"POST", "/api/v1/tokens", kAdmins, "token.add", [&](Call& call) { return add(call, agent); }});
  router.add(
      {"DELETE", "/api/v1/tokens/{id}", kAdmins, "token.remove", [&](Call& call) -> Result<net::HttpReply> {
         TRY_ASSIGN(const auto id, path_number(call, "id"));
         TRY(agent.state().tokens().remove(TokenId{id}));
         return no_content();
       }});
}

}  // namespace mk::agent
