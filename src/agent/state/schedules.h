#pragma once
#include <vector>

#include "agent/schedule.h"
#include "agent/state/row_id.h"
#include "agent/state/state_file.h"
#include "base/time.h"

namespace mk::agent {

struct SavedSchedule {
  ScheduleId id;
  Schedule schedule;
  std::int64_t version = 0;
  FileTime created, changed;
  std::string plan;  // JSON of the planner, opaque here; empty: none yet
};

/// Errors: kNotFound  no such schedule; kConflict  the name is taken, the version is not the newest; kInvalid
///         check(), a connection or secret that does not exist
class Schedules {
 public:
  explicit Schedules(StateFile& file) : file_(file) {}
  Result<std::vector<SavedSchedule>> list();  // by name
  Result<SavedSchedule> get(ScheduleId id);
  Result<SavedSchedule> find(const std::string& name);
  Result<SavedSchedule> add(const Schedule& schedule, FileTime now);
  /// Keeps the plan; the name may be another one.
  Result<SavedSchedule> replace(ScheduleId id, std::int64_t version, const Schedule& schedule, FileTime now);
  /// Does not count as a change.
  Status set_plan(ScheduleId id, const std::string& json);
  /// Its runs stay, without a schedule.
  Status remove(ScheduleId id, std::int64_t version);

 private:
  StateFile& file_;
};

}  // namespace mk::agent
