#pragma once
#include <vector>

#include "agent/schedule.h"

namespace mk::agent {

/// What retention has to know of a restore point of one mailbox at one destination.
struct HeldPoint {
  std::string name;  // unique
  std::string base;  // an incremental: the point that it goes by; empty: a full
  Moment time{};
  bool verified = false;      // complete, and found whole
  std::uint64_t items = 0;    // that the mailbox had
  std::uint64_t deleted = 0;  // that the point before had and this one has not
};

/// What can be deleted by itself.
enum class RetentionUnit {
  kChain,  // a directory: a full with all incrementals that go by it
  kPoint   // a vault: each point is whole
};

/// Why a point stays, or that it goes.
enum class Fate {
  kDeleted,       // no rule keeps it, and what replaces it is verified
  kNewest,        // of all points
  kNotReplaced,   // no newer point is verified
  kFulls,         // it or its full is one of the newest fulls
  kPoints,        // one of the newest points
  kYoung,         // younger than the days
  kDeletedItems,  // holds items that were deleted from the mailbox only lately
  kChain,         // a point of its chain stays
  kBroken,        // what it goes by is not there: no rule can judge it
  kNoRule,        // nothing says that anything is to be deleted
  kStopped        // the guard stops deletions
};
std::string_view fate_text(Fate fate);

struct RetentionPlan {
  struct Verdict {
    std::string point;
    Fate fate = Fate::kNoRule;
  };
  std::vector<Verdict> points;  // the oldest first
  std::string stopped;          // why the guard lets nothing be deleted; empty: it does not stop anything
};

/// What a policy deletes of the points of one mailbox at one destination, and why each other point
/// stays: a preview, and what is done afterwards. A point is deleted when no rule keeps it. Only what is
/// newer and verified replaces a point, so that nothing goes before what comes after it has proved good. Ages
/// count from the newest point, not from the clock: where nothing new comes nothing expires.
///
/// The guard: as long as one of the points has max_drop_percent fewer items than the point before, and at
/// least kLeastDrop, nothing is deleted, until somebody has accepted that drop: `accepted` is the time of the
/// last point whose drop was.
///
/// Spec: docs/guides/retention.md
RetentionPlan plan_retention(std::vector<HeldPoint> points, const Retention& retention, RetentionUnit unit,
                             std::optional<Moment> accepted = {});
inline constexpr std::uint64_t kLeastDrop = 10;

}  // namespace mk::agent
