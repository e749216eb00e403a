#include "agent/api/input.h"
#include "agent/api/routes.h"

namespace mk::agent {
namespace {

Result<net::HttpReply> list(Agent& agent) {
  TRY_ASSIGN(const auto all, agent.state().secrets().list());
  json::array out;
  for (const auto& s : all) out.push_back(json::object{{"name", s.name}, {"changed", format_utc(s.changed)}});
  return reply_of(json::object{{"secrets", std::move(out)}});
}

Result<net::HttpReply> put(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(auto text, input.text("value"));
  const SecretString secret(text);
  wipe(text);
  TRY(input.finish());
  if (secret.empty()) return Error{Code::kInvalid, "value: is empty"};
  TRY(agent.state().secrets().put(call.path.at("name"), secret, agent.now()));
  return no_content();
}

}  // namespace

/// There is none that reads a secret.
void add_secret_routes(Router& router, Agent& agent) {
  router.add({"GET", "/api/v1/secrets", kOperators, "", [&](Call&) { return list(agent); }});
  router.add(
      {"PUT", "/api/v1/secrets/{name}", kAdmins, "secret.put", [&](Call& call) { return put(call, agent); }});
  router.add({"DELETE", "/api/v1/secrets/{name}", kAdmins, "secret.remove",
              [&](Call& call) -> Result<net::HttpReply> {
                TRY(agent.state().secrets().remove(call.path.at("name")));
                return no_content();
              }});
}

}  // namespace mk::agent
