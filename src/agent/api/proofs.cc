#include "agent/api/input.h"
#include "agent/api/routes.h"
#include "agent/restore/views.h"

namespace mk::agent {
namespace {

Result<net::HttpReply> list(Call& call, Agent& agent) {
  const auto schedule = call.query.find("schedule");
  TRY_ASSIGN(const auto all,
             agent.state().proofs().list(schedule == call.query.end() ? std::string() : schedule->second));
  json::array out;
  for (const auto& proof : all) out.push_back(view_of(proof));
  return reply_of(json::object{{"proofs", std::move(out)}});
}

Result<net::HttpReply> get_rule(Agent& agent) {
  TRY_ASSIGN(const auto rule, proof_rule(agent.state().settings()));
  return reply_of(json::parse(format_json(rule)));
}

Result<net::HttpReply> set_rule(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto input, Input::of(call.request));
  TRY_ASSIGN(const auto rule, parse_proof_rule(input.rest()));
  if (!rule.connection.empty()) TRY(agent.state().connections().get(rule.connection));
  call.detail = input.rest();
  TRY(set_proof_rule(agent.state().settings(), rule));
  return get_rule(agent);
}

Result<net::HttpReply> run(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  Drill drill;
  TRY_ASSIGN(const auto schedule, input.text("schedule"));
  TRY_ASSIGN(drill.mailbox, input.text("mailbox"));
  TRY_ASSIGN(drill.destination, input.text("destination"));
  TRY(input.finish());
  TRY_ASSIGN(auto saved, agent.state().schedules().find(schedule));
  call.object = schedule;
  call.detail = drill.mailbox;
  drill.schedule = std::move(saved.schedule);
  agent.restoring().drill_now(std::move(drill));
  return reply_of(json::object{}, 202);
}

}  // namespace

void add_proof_routes(Router& router, Agent& agent) {
  router.add({"GET", "/api/v1/proofs", kAllRoles, "", [&](Call& call) { return list(call, agent); }});
  router.add(
      {"POST", "/api/v1/proofs", kOperators, "proof.run", [&](Call& call) { return run(call, agent); }});
  router.add({"GET", "/api/v1/proofs/rule", kAllRoles, "", [&](Call&) { return get_rule(agent); }});
  router.add({"PUT", "/api/v1/proofs/rule", kAdmins, "proof.change",
              [&](Call& call) { return set_rule(call, agent); }});
}

}  // namespace mk::agent
