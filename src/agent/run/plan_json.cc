#include "agent/run/plan_json.h"

#include <array>
#include <boost/json.hpp>

namespace mk::agent {
namespace {

using boost::json::object;

constexpr std::array kCauses{std::pair{Cause::kTime, "time"}, std::pair{Cause::kCreation, "creation"},
                             std::pair{Cause::kStart, "start"}, std::pair{Cause::kSaved, "saved"}};

std::int64_t seconds(Moment t) { return t.time_since_epoch().count(); }

object json_of(const PlanState::Progress& p) {
  object o{{"anchor", seconds(p.anchor)}, {"settled", seconds(p.settled)}};
  if (!p.waiting) return o;
  const char* cause = "time";
  for (const auto& [value, name] : kCauses)
    if (value == p.waiting->cause) cause = name;
  o["waiting"] = object{{"since", seconds(p.waiting->since)}, {"cause", cause}};
  return o;
}

Result<Moment> moment(const object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  if (v == nullptr || !v->is_int64()) return Error{Code::kCorrupt, "a plan lacks " + std::string(key)};
  return Moment(std::chrono::seconds(v->as_int64()));
}

Result<PlanState::Progress> progress(const object& plan, std::string_view key) {
  const auto* v = plan.if_contains(key);
  if (v == nullptr || !v->is_object()) return Error{Code::kCorrupt, "a plan lacks " + std::string(key)};
  const auto& o = v->as_object();
  PlanState::Progress p;
  TRY_ASSIGN(p.anchor, moment(o, "anchor"));
  TRY_ASSIGN(p.settled, moment(o, "settled"));
  const auto* waiting = o.if_contains("waiting");
  if (waiting == nullptr || !waiting->is_object()) return p;
  PlanState::Waiting since;
  TRY_ASSIGN(since.since, moment(waiting->as_object(), "since"));
  const auto* cause = waiting->as_object().if_contains("cause");
  for (const auto& [value, name] : kCauses)
    if (cause != nullptr && cause->is_string() && cause->as_string() == name) since.cause = value;
  p.waiting = since;
  return p;
}

bool flag(const object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v != nullptr && v->is_bool() && v->as_bool();
}

}  // namespace

std::string format_json(const PlanState& s) {
  object o{{"full", json_of(s.full)}, {"incremental", json_of(s.incremental)}, {"has_full", s.has_full}};
  if (s.running) o["running"] = boost::json::string(job::kind_name(*s.running));
  return boost::json::serialize(o);
}

Result<PlanState> parse_plan(std::string_view json) {
  boost::json::error_code failed;
  const auto value = boost::json::parse(json, failed);
  if (failed || !value.is_object()) return Error{Code::kCorrupt, "a plan is no JSON object"};
  const auto& o = value.as_object();
  PlanState s;
  TRY_ASSIGN(s.full, progress(o, "full"));
  TRY_ASSIGN(s.incremental, progress(o, "incremental"));
  s.has_full = flag(o, "has_full");
  if (const auto* running = o.if_contains("running"); running != nullptr && running->is_string())
    s.running =
        running->as_string() == job::kind_name(job::Kind::kFull) ? job::Kind::kFull : job::Kind::kIncremental;
  return s;
}

}  // namespace mk::agent
