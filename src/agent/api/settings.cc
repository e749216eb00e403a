#include "agent/api/input.h"
#include "agent/api/routes.h"
#include "agent/run/run_summary.h"
#include "agent/state/schedule_json.h"

namespace mk::agent {
namespace {

Result<net::HttpReply> get(Agent& agent) {
  const auto found = agent.state().settings().get(kNotificationSettings);
  if (!found && found.error().code != Code::kNotFound) return found.error();
  const std::string text = found ? found->value : format_json(NotificationSettings{});
  return versioned_reply(
      json::object{{"notifications", json::parse(text)}, {"version", found ? found->version : 0}},
      found ? found->version : 0);
}

Result<net::HttpReply> put(Call& call, Agent& agent) {
  TRY_ASSIGN(auto input, Input::of(call.request));
  TRY_ASSIGN(const auto member, input.optional_number("version"));
  TRY_ASSIGN(const auto version, expected_version(call, member));
  TRY_ASSIGN(const auto settings, parse_notifications(input.rest()));
  TRY(agent.state().settings().set(kNotificationSettings, version, format_json(settings)));
  return get(agent);
}

/// One run that never was, so that people see whether a notification arrives.
Result<net::HttpReply> test(Agent& agent) {
  TRY_ASSIGN(const auto found, agent.state().settings().get(kNotificationSettings));
  TRY_ASSIGN(const auto settings, parse_notifications(found.value));
  RunSummary run;
  run.schedule = "test of notifications";
  run.kind = "test";
  run.start = run.end = agent.clock().now();
  TRY(send(settings, Digest{"mailkeepd", run.start, run.end, {run}}, agent.state().secrets(), run.start));
  return no_content();
}

}  // namespace

void add_setting_routes(Router& router, Agent& agent) {
  router.add({"GET", "/api/v1/settings/notifications", kReaders, "", [&](Call&) { return get(agent); }});
  router.add({"PUT", "/api/v1/settings/notifications", kAdmins, "notifications.change",
              [&](Call& call) { return put(call, agent); }});
  router.add({"POST", "/api/v1/settings/notifications/test", kAdmins, "notifications.test",
              [&](Call&) { return test(agent); }});
}

}  // namespace mk::agent
