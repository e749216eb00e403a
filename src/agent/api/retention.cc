#include "agent/api/input.h"
#include "agent/api/routes.h"
#include "agent/retain/retain.h"

namespace mk::agent {
namespace {

struct Scope {
  SavedSchedule saved;
  const Destination* destination = nullptr;
  std::string mailbox;
  RetentionScope get() const { return {&saved.schedule, destination, mailbox}; }
};

Result<std::unique_ptr<Scope>> scope_of(const Call& call, Agent& agent, const std::string& place,
                                        const std::string& mailbox) {
  auto scope = std::make_unique<Scope>();
  TRY_ASSIGN(scope->saved, agent.state().schedules().find(call.path.at("name")));
  scope->mailbox = mailbox;
  for (const auto& d : scope->saved.schedule.destinations)
    if (d.place == place) scope->destination = &d;
  if (mailbox.empty() || scope->destination == nullptr)
    return Error{Code::kInvalid, "`mailbox` and `place`, one of the schedule's destinations, are needed"};
  return scope;
}

Result<net::HttpReply> preview(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto scope, scope_of(call, agent, call.query["place"], call.query["mailbox"]));
  TRY_ASSIGN(const auto plan, preview_retention(scope->get(), agent.workshop()));
  json::array points;
  for (const auto& v : plan.points)
    points.push_back(json::object{
        {"point", v.point}, {"deleted", v.fate == Fate::kDeleted}, {"why", std::string(fate_text(v.fate))}});
  return reply_of(json::object{{"points", std::move(points)}, {"stopped", plan.stopped}});
}

Result<net::HttpReply> accept(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(const auto place, input.text("place"));
  TRY_ASSIGN(const auto mailbox, input.text("mailbox"));
  TRY(input.finish());
  call.detail = mailbox + " at " + place;
  TRY_ASSIGN(const auto scope, scope_of(call, agent, place, mailbox));
  TRY(accept_drop(scope->get(), agent.workshop()));
  return no_content();
}

}  // namespace

void add_retention_routes(Router& router, Agent& agent) {
  router.add({"GET", "/api/v1/schedules/{name}/retention", kReaders, "",
              [&](Call& call) { return preview(call, agent); }});
  router.add({"POST", "/api/v1/schedules/{name}/retention/accept", kOperators, "retention.accept",
              [&](Call& call) { return accept(call, agent); }});
}

}  // namespace mk::agent
