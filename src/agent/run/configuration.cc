#include "agent/run/configuration.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "agent/run/plan_json.h"
#include "agent/state/schedule_json.h"
#include "vault/forget.h"
#include "vault/object.h"
#include "vault/session.h"

namespace mk::agent {
namespace {

namespace json = boost::json;

constexpr std::int64_t kVersion = 1;
constexpr std::uint64_t kMaxBytes = 64 << 20;
constexpr char kKey[] = "configuration.json";

bool writes_to(const Schedule& schedule, const std::string& place) {
  return std::any_of(schedule.destinations.begin(), schedule.destinations.end(),
                     [&](const Destination& d) { return d.place == place; });
}

/// All points with a configuration, the newest last.
std::vector<vault::Point> configurations(const vault::Vault& vault) {
  auto points = vault.points();
  std::erase_if(points, [](const vault::Point& p) { return p.name != kConfigurationPoint; });
  return points;
}

Result<std::string> read(vault::Vault& vault, const vault::Point& point) {
  std::optional<vault::ObjectRef> object;
  TRY(vault::visit_tree(vault, point.root, "", [&](const vault::Entry& e) -> Result<bool> {
    if (e.key == kKey) object = e.object;
    return !object.has_value();
  }));
  if (!object) return Error{Code::kCorrupt, "the agent's configuration in the vault is empty"};
  const auto source = vault::open_object(vault, *object);
  return read_all(*source, kMaxBytes);
}

Result<const json::array*> list_in(const json::object& o, std::string_view name) {
  const auto* v = o.if_contains(name);
  if (v == nullptr || !v->is_array())
    return Error{Code::kCorrupt, "the agent's configuration has no list " + std::string(name)};
  return &v->as_array();
}

/// A place for a secret that nobody has any more.
Status ask_for_secret(AgentState& state, const std::string& name, FileTime now, Adopted& adopted) {
  const auto there = state.secrets().get(name);
  if (there || there.error().code != Code::kNotFound) return ok;
  adopted.secrets.push_back(name);
  return state.secrets().put(name, SecretString(), now);
}

Status adopt_connection(AgentState& state, const Connection& c, FileTime now, Adopted& adopted) {
  const auto there = state.connections().get(c.name);
  if (there) {
    adopted.kept.push_back("connection " + c.name);
    return ok;
  }
  TRY(ask_for_secret(state, c.backup.secret, now, adopted));
  if (c.restore) TRY(ask_for_secret(state, c.restore->account.secret, now, adopted));
  TRY(state.connections().add(c));
  adopted.connections.push_back(c.name);
  return ok;
}

Status adopt_schedule(AgentState& state, Schedule s, FileTime now, Adopted& adopted) {
  const auto there = state.schedules().find(s.name);
  if (there) {
    adopted.kept.push_back("schedule " + s.name);
    return ok;
  }
  if (!s.encryption.secret.empty()) TRY(ask_for_secret(state, s.encryption.secret, now, adopted));
  s.paused = true;
  TRY_ASSIGN(const auto saved, state.schedules().add(s, now));
  TRY_ASSIGN(const auto planner, Planner::make(s));
  auto plan = planner.created(std::chrono::floor<std::chrono::seconds>(to_time_point(now)));
  plan.has_full = true;  // the vault has: incrementals go on from it
  TRY(state.schedules().set_plan(saved.id, format_json(plan)));
  adopted.schedules.push_back(s.name);
  return ok;
}

Status adopt_all(AgentState& state, const json::object& o, FileTime now, Adopted& adopted) {
  TRY_ASSIGN(const auto* connections, list_in(o, "connections"));
  TRY_ASSIGN(const auto* schedules, list_in(o, "schedules"));
  for (const auto& v : *connections) {
    TRY_ASSIGN(const auto connection, parse_connection(json::serialize(v)));
    TRY(adopt_connection(state, connection, now, adopted));
  }
  for (const auto& v : *schedules) {
    TRY_ASSIGN(auto schedule, parse_schedule(json::serialize(v)));
    TRY(adopt_schedule(state, std::move(schedule), now, adopted));
  }
  return ok;
}

}  // namespace

Result<std::string> configuration_for(AgentState& state, const std::string& place) {
  TRY_ASSIGN(const auto saved, state.schedules().list());
  json::array schedules, connections;
  std::set<std::string> needed;
  for (const auto& s : saved) {
    if (!writes_to(s.schedule, place)) continue;
    schedules.push_back(json::parse(format_json(s.schedule)));
    for (const auto& source : s.schedule.sources) needed.insert(source.connection);
  }
  for (const auto& name : needed) {
    TRY_ASSIGN(const auto connection, state.connections().get(name));
    connections.push_back(json::parse(format_json(connection.value)));
  }
  return json::serialize(json::object{
      {"version", kVersion}, {"connections", std::move(connections)}, {"schedules", std::move(schedules)}});
}

Status keep_configuration(vault::Vault& vault, const std::string& text, Clock& clock) {
  const auto before = configurations(vault);
  if (!before.empty()) {
    const auto kept = read(vault, before.back());
    if (kept && *kept == text) return ok;
  }
  const auto now = to_file_time(clock.now());
  vault::Session session(vault, clock);
  vault::TreeWriter tree(session, vault.keys().tree_cut);
  const auto source = make_memory_source(as_bytes(text));
  vault::Entry entry{kKey, {}, {}};
  TRY_ASSIGN(entry.object, session.put_object(*source));
  TRY(tree.add(std::move(entry)));
  TRY_ASSIGN(const auto root, tree.finish());
  TRY(session.commit(kConfigurationPoint, root, now));
  for (const auto& old : before) TRY(vault::forget(vault, old.number, now));
  return ok;
}

Result<std::string> read_configuration(vault::Vault& vault) {
  const auto there = configurations(vault);
  if (there.empty()) return Error{Code::kNotFound, "no agent kept its configuration in this vault"};
  return read(vault, there.back());
}

Result<Adopted> adopt(AgentState& state, const std::string& text, FileTime now) {
  json::error_code failed;
  const auto value = json::parse(text, failed);
  if (failed || !value.is_object())
    return Error{Code::kCorrupt, "the agent's configuration is no JSON object"};
  const auto* version = value.as_object().if_contains("version");
  if (version == nullptr || !version->is_int64())
    return Error{Code::kCorrupt, "the configuration has no version"};
  if (version->as_int64() > kVersion)
    return Error{Code::kUnsupported, "the configuration is of a newer mailkeepd; take that one"};
  Adopted adopted;
  TRY(state.together([&] { return adopt_all(state, value.as_object(), now, adopted); }));
  return adopted;
}

}  // namespace mk::agent
