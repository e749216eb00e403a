#include "agent/retain/retain.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "agent/keys/recovery.h"
#include "agent/retain/held_points.h"
#include "base/safe_name.h"
#include "job/backup_directory.h"
#include "job/remove_points.h"
#include "job/verify.h"
#include "vault/forget.h"
#include "vault/prune.h"

namespace mk::agent {
namespace {

namespace json = boost::json;

/// What is remembered of a scope: which of its points were verified, and which drop was accepted.
struct Memory {
  std::set<std::string> verified;
  std::optional<Moment> accepted;
};

std::string setting_of(const RetentionScope& s) {
  return "retention-" + place_name(s.destination->place + "\n" + lower_ascii(s.mailbox));
}

Result<Memory> remembered(const RetentionScope& scope, AgentState& state) {
  const auto found = state.settings().get(setting_of(scope));
  if (!found && found.error().code == Code::kNotFound) return Memory{};
  if (!found) return found.error();
  json::error_code failed;
  const auto value = json::parse(found->value, failed);
  if (failed || !value.is_object()) return Memory{};  // it is verified anew
  Memory m;
  const auto* names = value.as_object().if_contains("verified");
  if (names != nullptr && names->is_array())
    for (const auto& name : names->as_array())
      if (name.is_string()) m.verified.emplace(name.as_string());
  const auto* accepted = value.as_object().if_contains("accepted");
  if (accepted != nullptr && accepted->is_int64())
    m.accepted = Moment(std::chrono::seconds(accepted->as_int64()));
  return m;
}

Status remember(const RetentionScope& scope, AgentState& state, const Memory& m) {
  json::array names;
  for (const auto& name : m.verified) names.emplace_back(name);
  json::object o{{"verified", std::move(names)}};
  if (m.accepted) o["accepted"] = m.accepted->time_since_epoch().count();
  const auto before = state.settings().get(setting_of(scope));
  TRY(state.settings().set(setting_of(scope), before ? before->version : 0, json::serialize(o)));
  return ok;
}

/// A destination, open.
struct Place {
  OpenVaults::Lent door;            // of a vault
  std::filesystem::path directory;  // else
};

Result<Place> open_place(const RetentionScope& s, const Workshop& w) {
  Place place;
  if (s.destination->is_directory()) {
    place.directory = mailbox_directory(*s.destination, s.mailbox);
    return place;
  }
  TRY_ASSIGN(place.door, w.vaults->open(*s.destination, s.schedule->encryption, w.state->secrets(),
                                        w.directory / "index"));
  return place;
}

Result<std::vector<HeldPoint>> points_of(const RetentionScope& s, Place& place) {
  return place.door == nullptr ? held_points(place.directory)
                               : held_points(*place.door, lower_ascii(s.mailbox));
}

RetentionPlan plan_of(const RetentionScope& s, std::vector<HeldPoint> points, const Memory& memory) {
  const auto unit = s.destination->is_directory() ? RetentionUnit::kChain : RetentionUnit::kPoint;
  return plan_retention(std::move(points), s.schedule->retention, unit, memory.accepted);
}

void mark_verified(std::vector<HeldPoint>& points) {
  for (auto& p : points) p.verified = true;
}

std::vector<std::string> deleted(const RetentionPlan& plan) {
  std::vector<std::string> names;
  for (const auto& v : plan.points)
    if (v.fate == Fate::kDeleted) names.push_back(v.point);
  return names;
}

/// Reads all points that were not read before, each stream once. A directory is read as a whole.
Result<job::VerifyReport> verify(const RetentionScope& s, Place& place, const Memory& memory) {
  job::VerifyOptions o;
  if (place.door == nullptr) {
    o.directory = place.directory;
    return job::run_verify(o, nullptr);
  }
  auto points = archive::mail_points(place.door->vault->points(), lower_ascii(s.mailbox));
  std::erase_if(points, [&](const auto& p) { return memory.verified.contains(p.name); });
  return job::run_verify({*place.door->chunks, std::move(points), lower_ascii(s.mailbox)}, o, nullptr);
}

Status delete_points(const RetentionScope& s, Place& place, const std::vector<std::string>& names,
                     FileTime now) {
  if (place.door == nullptr) {
    TRY_ASSIGN(auto directory, job::BackupDirectory::open(place.directory));
    return job::remove_points(directory, names);
  }
  const std::set<std::string> gone(names.begin(), names.end());
  for (const auto& p : archive::mail_points(place.door->vault->points(), lower_ascii(s.mailbox))) {
    if (!gone.contains(p.name)) continue;
    TRY(vault::forget(*place.door->vault, p.point.number, now));
  }
  vault::PruneOptions options;
  options.allow_shrink = true;  // the policy decided, and its guard did not mind
  TRY(vault::prune(*place.door->vault, options, now));
  return ok;
}

}  // namespace

Result<RetentionPlan> preview_retention(const RetentionScope& s, const Workshop& w) {
  TRY_ASSIGN(auto place, open_place(s, w));
  TRY_ASSIGN(const auto memory, remembered(s, *w.state));
  TRY_ASSIGN(auto points, points_of(s, place));
  mark_verified(points);
  return plan_of(s, std::move(points), memory);
}

Result<Retained> apply_retention(const RetentionScope& s, const Workshop& w) {
  TRY_ASSIGN(auto place, open_place(s, w));
  TRY_ASSIGN(auto memory, remembered(s, *w.state));
  TRY_ASSIGN(auto points, points_of(s, place));
  mark_verified(points);
  Retained done;
  done.plan = plan_of(s, points, memory);
  const auto names = deleted(done.plan);
  if (names.empty()) return done;
  const auto known = [&](const HeldPoint& p) { return memory.verified.contains(p.name); };
  if (!std::all_of(points.begin(), points.end(), known)) {
    TRY_ASSIGN(const auto found, verify(s, place, memory));
    if (found.n_problems > 0)
      return Error{Code::kCorrupt,
                   fmt::format("{}: what is kept of {} is damaged, so that nothing is deleted: {}",
                               s.destination->place, s.mailbox, found.problems.front())};
    done.verified = true;
    for (const auto& p : points) memory.verified.insert(p.name);
  }
  const Status gone = delete_points(s, place, names, to_file_time(w.clock->now()));
  w.vaults->forget();  // packs went, too
  TRY(gone);
  for (const auto& name : names) memory.verified.erase(name);
  TRY(remember(s, *w.state, memory));
  done.deleted = names.size();
  return done;
}

Status accept_drop(const RetentionScope& s, const Workshop& w) {
  TRY_ASSIGN(auto place, open_place(s, w));
  TRY_ASSIGN(auto memory, remembered(s, *w.state));
  TRY_ASSIGN(const auto points, points_of(s, place));
  if (points.empty())
    return Error{Code::kNotFound, s.mailbox + " has no restore point at " + s.destination->place};
  memory.accepted = points.back().time;
  return remember(s, *w.state, memory);
}

}  // namespace mk::agent
