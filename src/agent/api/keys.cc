#include "agent/api/input.h"
#include "agent/api/routes.h"
#include "agent/keys/default_password.h"
#include "agent/keys/recovery.h"

namespace mk::agent {
namespace {

/// All places of encrypted vaults that schedules write to, with those that have it.
std::map<std::string, const Destination*> places_of(const std::vector<SavedSchedule>& schedules) {
  std::map<std::string, const Destination*> out;
  for (const auto& s : schedules)
    for (const auto& d : s.schedule.destinations)
      if (!d.is_directory() && s.schedule.encryption.mode != Encryption::Mode::kOff) out.emplace(d.place, &d);
  return out;
}

json::object json_of(const std::string& place, const RecoveryState& s) {
  return {{"place", place},
          {"recovery", stage_name(s.stage)},
          {"since", s.stage == RecoveryStage::kNone ? json::value() : json::value(format_utc(s.since))},
          {"proven", agent::json_of(s.proven)}};
}

Result<net::HttpReply> list(Agent& agent) {
  TRY_ASSIGN(const auto schedules, agent.state().schedules().list());
  json::array out;
  for (const auto& [place, destination] : places_of(schedules)) {
    TRY_ASSIGN(const auto s, recovery_state(agent.state(), place));
    out.push_back(json_of(place, s));
  }
  return reply_of(json::object{{"keys", std::move(out)}});
}

Result<net::HttpReply> make(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(call.object, input.text("place"));
  TRY(input.finish());
  TRY_ASSIGN(const auto text, make_recovery_key(agent.state(), call.object, agent.now()));
  return reply_of(json::object{{"place", call.object}, {"recovery_key", text.reveal()}}, 201);
}

struct Typed {
  std::string place;
  SecretString text;
};
Result<Typed> typed_of(Call& call) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  Typed typed;
  TRY_ASSIGN(typed.place, input.text("place"));
  TRY_ASSIGN(auto text, input.text("recovery_key"));
  typed.text = SecretString(std::move(text));
  call.object = typed.place;
  TRY(input.finish());
  return typed;
}

Result<net::HttpReply> confirm(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto typed, typed_of(call));
  TRY(confirm_recovery_key(agent.state(), typed.place, typed.text, agent.now()));
  TRY_ASSIGN(const auto s, recovery_state(agent.state(), typed.place));
  return reply_of(json_of(typed.place, s));
}

Result<net::HttpReply> prove(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto typed, typed_of(call));
  TRY_ASSIGN(const auto schedules, agent.state().schedules().list());
  const auto places = places_of(schedules);
  const auto place = places.find(typed.place);
  if (place == places.end())
    return Error{Code::kNotFound, "no schedule writes to an encrypted vault " + typed.place};
  TRY_ASSIGN(const auto store, open_store(*place->second));
  TRY(prove_recovery_key(agent.state(), typed.place, *store, typed.text, agent.now()));
  TRY_ASSIGN(const auto s, recovery_state(agent.state(), typed.place));
  return reply_of(json_of(typed.place, s));
}

Result<net::HttpReply> forget(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(call.object, input.text("place"));
  TRY(input.finish());
  TRY(forget_recovery_key(agent.state(), call.object));
  return no_content();
}

Result<net::HttpReply> change_default_password(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(auto text, input.text("password"));
  const SecretString password(std::move(text));
  TRY(input.finish());
  TRY(set_default_password(agent.state(), password, agent.now()));
  return no_content();
}

}  // namespace

void add_key_routes(Router& router, Agent& agent) {
  router.add({"GET", "/api/v1/keys", kReaders, "", [&](Call&) { return list(agent); }});
  router.add(
      {"POST", "/api/v1/keys/recovery", kAdmins, "key.make", [&](Call& call) { return make(call, agent); }});
  router.add({"POST", "/api/v1/keys/recovery/confirm", kAdmins, "key.confirm",
              [&](Call& call) { return confirm(call, agent); }});
  router.add({"POST", "/api/v1/keys/recovery/prove", kAdmins, "key.prove",
              [&](Call& call) { return prove(call, agent); }});
  router.add({"POST", "/api/v1/keys/recovery/forget", kAdmins, "key.forget",
              [&](Call& call) { return forget(call, agent); }});
  router.add({"PUT", "/api/v1/keys/default-password", kAdmins, "key.default",
              [&](Call& call) { return change_default_password(call, agent); }});
}

}  // namespace mk::agent
