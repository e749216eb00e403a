#include "agent/plan/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace mk::agent {
namespace {

using namespace std::chrono;

/// A point with what the others make of it.
struct Judged {
  HeldPoint point;
  std::size_t chain = 0;  // position of its full; its own when what it goes by is missing
  bool broken = false;    // what it goes by is not there
  bool whole = false;     // it and all it goes by are verified
  Fate fate = Fate::kDeleted;
};

/// The oldest first, each with its chain. What a point goes by is older, so circles cannot be. Of points that
/// are whole by themselves each is a chain.
std::vector<Judged> in_chains(std::vector<HeldPoint> points, RetentionUnit unit) {
  std::stable_sort(points.begin(), points.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  std::vector<Judged> all;
  std::map<std::string, std::size_t> known;
  for (HeldPoint& p : points) {
    const std::size_t i = all.size();
    Judged judged;
    judged.chain = i;
    judged.whole = p.verified;
    if (unit == RetentionUnit::kChain && !p.base.empty()) {
      const auto base = known.find(p.base);
      judged.broken = base == known.end() || all[base->second].broken;
      judged.chain = judged.broken ? i : all[base->second].chain;
      judged.whole = p.verified && !judged.broken && all[base->second].whole;
    }
    known.emplace(p.name, i);
    judged.point = std::move(p);
    all.push_back(std::move(judged));
  }
  return all;
}

/// How many whole fulls and points are newer than the one looked at.
struct Newer {
  std::size_t fulls = 0, points = 0;
};

bool has_rule(const Retention& r) { return r.max_fulls != 0 || r.max_points != 0 || r.days != 0; }

/// Why the point at `i` stays by itself; kDeleted: nothing keeps it.
Fate judge(const std::vector<Judged>& all, std::size_t i, const Retention& r, const Newer& newer) {
  const Moment newest = all.back().point.time;
  if (i + 1 == all.size()) return Fate::kNewest;
  if (!has_rule(r)) return Fate::kNoRule;
  if (newer.points == 0) return Fate::kNotReplaced;
  if (newer.fulls < r.max_fulls) return Fate::kFulls;
  if (newer.points < r.max_points) return Fate::kPoints;
  if (newest - all[i].point.time < days(r.days)) return Fate::kYoung;
  const HeldPoint& next = all[i + 1].point;
  if (next.deleted > 0 && newest - next.time < days(r.deleted_days)) return Fate::kDeletedItems;
  return Fate::kDeleted;
}

/// A chain goes as a whole.
void keep_chains_together(std::vector<Judged>& all) {
  std::map<std::size_t, bool> stays;
  for (const Judged& j : all) stays[j.chain] |= j.fate != Fate::kDeleted;
  for (Judged& j : all)
    if (j.broken)
      j.fate = Fate::kBroken;
    else if (j.fate == Fate::kDeleted && stays[j.chain])
      j.fate = Fate::kChain;
}

/// The last drop that nobody has accepted, in words.
std::string unaccepted_drop(const std::vector<Judged>& all, const Retention& r,
                            std::optional<Moment> accepted) {
  for (std::size_t i = all.size(); i-- > 1;) {
    const HeldPoint &is = all[i].point, &was = all[i - 1].point;
    if (accepted && is.time <= *accepted) break;
    if (is.items >= was.items || was.items - is.items < kLeastDrop) continue;
    if (static_cast<double>(was.items - is.items) * 100 < static_cast<double>(was.items) * r.max_drop_percent)
      continue;
    return fmt::format(
        "{} has {} items, the point before had {}: nothing is deleted, in case they were lost; look into the "
        "mailbox, then accept the drop",
        is.name, is.items, was.items);
  }
  return {};
}

}  // namespace

std::string_view fate_text(Fate fate) {
  switch (fate) {
    case Fate::kDeleted:
      return "is deleted: no rule keeps it";
    case Fate::kNewest:
      return "stays: it is the newest";
    case Fate::kNotReplaced:
      return "stays: no newer point is verified";
    case Fate::kFulls:
      return "stays: it belongs to one of the newest fulls";
    case Fate::kPoints:
      return "stays: it is one of the newest points";
    case Fate::kYoung:
      return "stays: it is young";
    case Fate::kDeletedItems:
      return "stays: it has items that were deleted from the mailbox lately";
    case Fate::kChain:
      return "stays: a point of its chain does";
    case Fate::kBroken:
      return "stays: what it goes by is missing; delete it by hand if nobody needs it";
    case Fate::kNoRule:
      return "stays: no rule deletes anything";
    case Fate::kStopped:
      return "stays: deletions are stopped";
  }
  return "";
}

RetentionPlan plan_retention(std::vector<HeldPoint> points, const Retention& retention, RetentionUnit unit,
                             std::optional<Moment> accepted) {
  std::vector<Judged> all = in_chains(std::move(points), unit);
  Newer newer;
  for (std::size_t i = all.size(); i-- > 0;) {
    all[i].fate = judge(all, i, retention, newer);
    if (!all[i].whole) continue;
    ++newer.points;
    if (all[i].point.base.empty()) ++newer.fulls;
  }
  keep_chains_together(all);
  RetentionPlan plan;
  if (has_rule(retention) && retention.max_drop_percent > 0)
    plan.stopped = unaccepted_drop(all, retention, accepted);
  for (const Judged& j : all) {
    const bool held_back = j.fate == Fate::kDeleted && !plan.stopped.empty();
    plan.points.push_back({j.point.name, held_back ? Fate::kStopped : j.fate});
  }
  return plan;
}

}  // namespace mk::agent
