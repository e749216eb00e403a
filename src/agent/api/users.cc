#include "agent/api/input.h"
#include "agent/api/routes.h"

namespace mk::agent {
namespace {

json::object json_of(const User& u) {
  return {{"name", u.name},
          {"role", name_of(u.role)},
          {"created", format_utc(u.created)},
          {"password_changed", format_utc(u.password_changed)}};
}

Result<net::HttpReply> list(Agent& agent) {
  TRY_ASSIGN(const auto all, agent.state().users().list());
  json::array out;
  for (const auto& u : all) out.push_back(json_of(u));
  return reply_of(json::object{{"users", std::move(out)}});
}

/// In the audit log nobody may look like the agent or a token.
Status check_user_name(const std::string& name) {
  if (name != "agent" && !name.starts_with("token ")) return ok;
  return Error{Code::kInvalid, "name: `agent` and `token ...` are what others are called in the audit log"};
}

Result<net::HttpReply> add(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(const auto name, input.text("name"));
  TRY_ASSIGN(const auto role_name, input.text("role"));
  TRY_ASSIGN(const auto password, input.text("password"));
  TRY(input.finish());
  call.object = name;
  call.detail = role_name;
  TRY(check_user_name(name));
  TRY_ASSIGN(const auto role, parse_role(role_name));
  TRY(agent.state().users().add(name, role, SecretString(password), agent.now()));
  TRY_ASSIGN(const auto user, agent.state().users().get(name));
  return reply_of(json_of(user), 201);
}

Result<net::HttpReply> change(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(const auto role_name, input.optional_text("role"));
  TRY_ASSIGN(const auto password, input.optional_text("password"));
  TRY(input.finish());
  const std::string& name = call.path.at("name");
  auto& users = agent.state().users();
  if (role_name) call.detail = *role_name;
  const auto both = [&]() -> Status {
    if (role_name) {
      TRY_ASSIGN(const auto role, parse_role(*role_name));
      TRY(users.set_role(name, role));
    }
    if (password) TRY(users.set_password(name, SecretString(*password), agent.now()));
    return ok;
  };
  TRY(agent.state().together(both));
  if (password) call.detail += call.detail.empty() ? "password" : ", password";
  TRY_ASSIGN(const auto user, users.get(name));
  return reply_of(json_of(user));
}

}  // namespace

void add_user_routes(Router& router, Agent& agent) {
  constexpr char kAll[] = "/api/v1/users";
  constexpr char kOne[] = "/api/v1/users/{name}";
  router.add({"GET", kAll, kAuditors, "", [&](Call&) { return list(agent); }});
  router.add({"POST", kAll, kAdmins, "user.add", [&](Call& call) { return add(call, agent); }});
  router.add({"PUT", kOne, kAdmins, "user.change", [&](Call& call) { return change(call, agent); }});
  router.add({"DELETE", kOne, kAdmins, "user.remove", [&](Call& call) -> Result<net::HttpReply> {
                TRY(agent.state().users().remove(call.path.at("name")));
                return no_content();
              }});
}

}  // namespace mk::agent
