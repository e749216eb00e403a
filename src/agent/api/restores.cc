#include "agent/api/input.h"
#include "agent/api/routes.h"
#include "agent/restore/item_list.h"
#include "agent/restore/restore_root.h"
#include "agent/restore/views.h"

namespace mk::agent {
namespace {

constexpr std::int64_t kMost = 1000, kUsual = 100;
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

Result<RestoreId> id_of(const Call& call) {
  TRY_ASSIGN(const auto n, path_number(call, "restore"));
  return RestoreId{n};
}

Result<net::HttpReply> reply_with(Agent& agent, RestoreId id, unsigned status = 200) {
  TRY_ASSIGN(const auto restore, agent.state().restores().get(id));
  return reply_of(view_of(restore, agent.restoring().restores().progress(id)), status);
}

Result<net::HttpReply> list(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto before, query_number(call, "before", {1, kEnd, 0}));
  TRY_ASSIGN(const auto limit, query_number(call, "limit", {1, kMost, kUsual}));
  TRY_ASSIGN(const auto all, agent.state().restores().list({before}, static_cast<std::size_t>(limit)));
  json::array out;
  for (const auto& r : all) out.push_back(view_of(r, agent.restoring().restores().progress(r.id)));
  return reply_of(json::object{{"restores", std::move(out)}});
}

Result<net::HttpReply> begin(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto input, Input::of(call.request));
  TRY_ASSIGN(const auto request, parse_restore_request(input.rest()));
  call.object = request.undo == 0 ? request.point : "restore " + std::to_string(request.undo);
  call.detail = input.rest();
  TRY_ASSIGN(const auto id, agent.restoring().restores().begin(request, call.caller.name));
  return reply_with(agent, id, 202);
}

Result<net::HttpReply> undo(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto id, id_of(call));
  RestoreRequest request;
  request.undo = static_cast<std::uint64_t>(id.value);
  const auto dry = call.query.find("dry_run");
  request.dry_run = dry != call.query.end() && dry->second == "true";
  TRY_ASSIGN(const auto undoing, agent.restoring().restores().begin(request, call.caller.name));
  return reply_with(agent, undoing, 202);
}

Result<net::HttpReply> items(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto id, id_of(call));
  TRY(agent.state().restores().get(id));
  TRY_ASSIGN(const auto from, query_number(call, "from", {0, kEnd, 0}));
  TRY_ASSIGN(const auto limit, query_number(call, "limit", {1, kMost, kUsual}));
  TRY_ASSIGN(const auto page,
             read_item_list(item_list_file(agent.workshop(), id), static_cast<std::uint64_t>(from),
                            static_cast<std::size_t>(limit)));
  json::array out;
  for (const auto& line : page.lines) {
    json::error_code failed;
    auto parsed = json::parse(line, failed);
    if (!failed) out.push_back(std::move(parsed));
  }
  return reply_of(json::object{{"items", std::move(out)},
                               {"next", page.next == 0 ? json::value() : json::value(page.next)}});
}

Result<net::HttpReply> cancel(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto id, id_of(call));
  TRY(agent.restoring().restores().cancel(id));
  return reply_with(agent, id);
}
Result<net::HttpReply> again(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto id, id_of(call));
  TRY(agent.restoring().restores().again(id));
  return reply_with(agent, id);
}

Result<net::HttpReply> get_root(Agent& agent) {
  const auto root = restore_root(agent.state().settings());
  if (!root && root.error().code != Code::kInvalid) return root.error();
  return reply_of(json::object{{"directory", root ? json::value(root->string()) : json::value()}});
}
Result<net::HttpReply> set_root(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(const auto directory, input.text("directory"));
  TRY(input.finish());
  call.detail = directory;
  TRY(set_restore_root(agent.state().settings(), directory));
  return get_root(agent);
}

}  // namespace

void add_restore_routes(Router& router, Agent& agent) {
  constexpr char kAll[] = "/api/v1/restores", kOne[] = "/api/v1/restores/{restore}";
  router.add({"GET", kAll, kAllRoles, "", [&](Call& call) { return list(call, agent); }});
  router.add({"POST", kAll, kRestorers, "restore.begin", [&](Call& call) { return begin(call, agent); }});
  router.add({"GET", kOne, kAllRoles, "", [&](Call& call) -> Result<net::HttpReply> {
                TRY_ASSIGN(const auto id, id_of(call));
                return reply_with(agent, id);
              }});
  router.add({"GET", "/api/v1/restores/{restore}/items", kRestorers, "item.list",
              [&](Call& call) { return items(call, agent); }});
  router.add({"POST", "/api/v1/restores/{restore}/cancel", kRestorers, "restore.cancel",
              [&](Call& call) { return cancel(call, agent); }});
  router.add({"POST", "/api/v1/restores/{restore}/again", kRestorers, "restore.again",
              [&](Call& call) { return again(call, agent); }});
  router.add({"POST", "/api/v1/restores/{restore}/undo", kRestorers, "restore.undo",
              [&](Call& call) { return undo(call, agent); }});
  router.add({"GET", "/api/v1/restore-root", kAllRoles, "", [&](Call&) { return get_root(agent); }});
  router.add({"PUT", "/api/v1/restore-root", kAdmins, "restore-root.change",
              [&](Call& call) { return set_root(call, agent); }});
}

}  // namespace mk::agent
