#include "agent/api/input.h"
#include "agent/api/question.h"
#include "agent/api/routes.h"
#include "agent/check/server_checks.h"
#include "agent/run/exchange.h"
#include "agent/run/mailboxes.h"
#include "agent/state/schedule_json.h"
#include "source/ews_mailbox.h"

namespace mk::agent {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);  // of a person at a screen

json::object json_of(const SavedConnection& saved) {
  return {{"version", saved.version}, {"connection", json::parse(format_json(saved.value))}};
}

Result<net::HttpReply> list(Agent& agent) {
  TRY_ASSIGN(const auto all, agent.state().connections().list());
  json::array out;
  for (const auto& c : all) out.push_back(json_of(c));
  return reply_of(json::object{{"connections", std::move(out)}});
}

Result<net::HttpReply> add(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto input, Input::of(call.request));
  TRY_ASSIGN(const auto connection, parse_connection(input.rest()));
  call.object = connection.name;
  TRY_ASSIGN(const auto saved, agent.state().connections().add(connection));
  return versioned_reply(json_of(saved), saved.version, 201);
}

Result<net::HttpReply> replace(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(const auto member, input.optional_number("version"));
  TRY_ASSIGN(const auto version, expected_version(call, member));
  TRY_ASSIGN(const auto connection, parse_connection(input.rest()));
  TRY_ASSIGN(const auto saved,
             agent.state().connections().replace(call.path.at("name"), version, connection));
  return versioned_reply(json_of(saved), saved.version);
}

/// Everybody who is there now, as a schedule would find them.
Result<net::HttpReply> mailboxes(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto saved, agent.state().connections().get(call.path.at("name")));
  const Question question;
  TRY(question.admitted());
  Schedule everybody;
  everybody.sources.push_back({saved.value.name, {}, {"*"}, {}});
  TRY_ASSIGN(const auto found, find_mailboxes(everybody, agent.state(), agent.clock()));
  json::array out;
  for (const auto& m : found) out.push_back(json::object{{"address", m.address}});
  return reply_of(json::object{{"mailboxes", std::move(out)}});
}

Result<net::HttpReply> check_server_of(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto saved, agent.state().connections().get(call.path.at("name")));
  TRY_ASSIGN(auto input, Input::of_optional(call.request));
  TRY_ASSIGN(const auto mailbox, input.optional_text("mailbox"));
  TRY(input.finish());
  const Question question;
  TRY(question.admitted());
  ServerToCheck what;
  auto& secrets = agent.state().secrets();
  TRY_ASSIGN(what.ews, backup_access(saved.value, mailbox.value_or(""), secrets, agent.clock()));
  return json_reply(200, R"({"checks":)" + format_json(check_server(what)) + "}");
}

json::object json_of(const model::Folder& f) {
  return {{"id", f.id.value},           {"parent", f.parent.value},   {"name", f.name},
          {"class", f.folder_class},    {"well_known", f.well_known}, {"items", f.items},
          {"size_bytes", f.size_bytes}, {"readable", f.readable}};
}

Result<net::HttpReply> folders(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto saved, agent.state().connections().get(call.path.at("name")));
  const Question question;
  TRY(question.admitted());
  auto& state = agent.state();
  TRY_ASSIGN(auto access,
             backup_access(saved.value, call.path.at("address"), state.secrets(), agent.clock()));
  access.timeout = std::min<std::chrono::milliseconds>(access.timeout, kPatience);
  access.max_retries = 1;
  TRY_ASSIGN(const auto mailbox, source::open_ews_mailbox(access));
  TRY_ASSIGN(const auto found, mailbox->folders());
  json::array out;
  for (const auto& f : found) out.push_back(json_of(f));
  return reply_of(json::object{{"folders", std::move(out)}});
}

}  // namespace

void add_connection_routes(Router& router, Agent& agent) {
  constexpr char kOne[] = "/api/v1/connections/{name}";
  router.add({"GET", "/api/v1/connections", kReaders, "", [&](Call&) { return list(agent); }});
  router.add({"POST", "/api/v1/connections", kOperators, "connection.add",
              [&](Call& call) { return add(call, agent); }});
  router.add({"GET", kOne, kReaders, "", [&](Call& call) -> Result<net::HttpReply> {
                TRY_ASSIGN(const auto saved, agent.state().connections().get(call.path.at("name")));
                return versioned_reply(json_of(saved), saved.version);
              }});
  router.add(
      {"PUT", kOne, kOperators, "connection.change", [&](Call& call) { return replace(call, agent); }});
  router.add({"DELETE", kOne, kOperators, "connection.remove", [&](Call& call) -> Result<net::HttpReply> {
                TRY_ASSIGN(const auto version, expected_version(call));
                TRY(agent.state().connections().remove(call.path.at("name"), version));
                return no_content();
              }});
  router.add({"POST", "/api/v1/connections/{name}/check", kOperators, "connection.check",
              [&](Call& call) { return check_server_of(call, agent); }});
  router.add({"GET", "/api/v1/connections/{name}/mailboxes", kOperators, "",
              [&](Call& call) { return mailboxes(call, agent); }});
  router.add({"GET", "/api/v1/connections/{name}/mailboxes/{address}/folders", kOperators, "mailbox.folders",
              [&](Call& call) { return folders(call, agent); }});
}

}  // namespace mk::agent
